"""QueryIpLocation: the simulator knows where its edges are."""

from simulator.harness import ApiCalls, refused
from ucdn_tui.simulator.edges.nodes import EDGES, ORIGIN, PARENTS


def test_edges_and_parents_have_a_place(api: ApiCalls) -> None:
    nodes = [*(edge.node for edge in EDGES), *PARENTS]
    rows = api("QueryIpLocation", Ip=[node.address for node in nodes])["Data"]
    assert [(row["Ip"], row["Area"], row["Isp"], row["City"], row["Exist"]) for row in rows] == [
        (*node, True) for node in nodes
    ]
    assert len({row["City"] for row in rows}) == len(nodes)


def test_other_addresses_do_not_exist(api: ApiCalls) -> None:
    rows = api("QueryIpLocation", Ip=[ORIGIN, "nonsense"])["Data"]
    assert [(row["Ip"], row["City"], row["Exist"]) for row in rows] == [(ORIGIN, "", False), ("nonsense", "", False)]


def test_an_address_is_required_and_a_project_is_not(api: ApiCalls) -> None:
    assert refused(api("QueryIpLocation")) == (220, "Missing params [Ip.0]")
    assert api("QueryIpLocation", Ip=[ORIGIN], ProjectId="org-none")["RetCode"] == 0
