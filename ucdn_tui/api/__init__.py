"""The UCDN API as documented: no terminal, no files, no policy."""
