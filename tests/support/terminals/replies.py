"""Replies of terminals to queries, which may arrive late or belong to another program. None is a key."""

REPLIES = {
    "OSC 11": b"\x1b]11;rgb:0c0c/0c0c/0c0c\x1b\\",
    "OSC 4, with BEL": b"\x1b]4;1;rgb:cdcd/0000/0000\x07",
    "OSC 52": b"\x1b]52;c;LSstK3EvPw==\x1b\\",
    "title": b"\x1b]lOPqs/?\x1b\\",
    "size of millions of lines": b"\x1b[48;999999;9999;0;0t",
    "size of thousands": b"\x1b[48;9999;9999;0;0t",
    "DA1": b"\x1b[?61;4;6;22c",
    "DA2": b"\x1b[>0;10;1c",
    "DA3": b"\x1bP!|00000000\x1b\\",
    "kitty flags": b"\x1b[?25u",
    "colour scheme": b"\x1b[?997;1n",
    "status": b"\x1b[0n",
    "size in pixels": b"\x1b[4;480;640t",
    "XTVERSION": b"\x1bP>|WezTerm 2024\x1b\\",
    "DECRQSS": b"\x1bP1$r0 q\x1b\\",
    "terminfo": b"\x1bP1+r544e=787465726d\x1b\\",
    "kitty graphics": b"\x1b_Gi=1;OK\x1b\\",
    "longer than any key": b"\x1b[?" + b"1;" * 40 + b"2c",
    "release of q": b"\x1b[113;1:3u",
}
