"""Answers of the blob service: whole ones are read, anything else is malformed, and entities stay unread."""

import pytest

from lakezones.scan.azure.xml import MalformedAnswer, containers_frame, parse_containers, parse_policies

PAGE = (
    b'<?xml version="1.0" encoding="utf-8"?><EnumerationResults><Containers>'
    b"<Container><Name>a</Name><Properties><Last-Modified>Sun, 22 Nov 2026 00:00:00 GMT</Last-Modified>"
    b"<PublicAccess>blob</PublicAccess><HasLegalHold>true</HasLegalHold></Properties>"
    b"<Metadata><system>db2</system><note>caf\xc3\xa9 &lt;1&gt;</note><empty/></Metadata></Container>"
    b"<Container><Name>b</Name><Properties/></Container></Containers><NextMarker>m&amp;n</NextMarker></EnumerationResults>"
)


def test_a_page() -> None:
    page = parse_containers(PAGE)
    assert (page.names, page.marker) == (["a", "b"], "m&n")
    frame = containers_frame([page], "bank")
    row = frame.row(0, named=True)
    assert row["metadata"] == '{"empty": "", "note": "café <1>", "system": "db2"}'
    assert (row["public_access"], row["legal_hold"], row["immutability"], row["account"]) == (
        "blob",
        True,
        None,
        "bank",
    )
    assert frame.item(1, "metadata") is None


@pytest.mark.parametrize("end", range(0, len(PAGE) - 1, 7))
def test_a_page_cut_off_anywhere_is_malformed(end: int) -> None:
    with pytest.raises(MalformedAnswer):
        parse_containers(PAGE[:end])


def test_a_page_without_its_marker_is_malformed() -> None:
    """Otherwise a page whose end is lost would look like the last one."""
    with pytest.raises(MalformedAnswer):
        parse_containers(b"<EnumerationResults><Containers/></EnumerationResults>")
    with pytest.raises(MalformedAnswer):
        parse_containers(b"<html/>")


def test_entities_are_not_read() -> None:
    body = b"<SignedIdentifiers><SignedIdentifier><Id>&e;</Id></SignedIdentifier></SignedIdentifiers>"
    hostile = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + body
    with pytest.raises(MalformedAnswer):
        parse_policies(hostile)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
    )
    with pytest.raises(MalformedAnswer):
        parse_policies(
            bomb + b"]><SignedIdentifiers><SignedIdentifier><Id>&m;</Id></SignedIdentifier></SignedIdentifiers>"
        )


def test_policies() -> None:
    content = (
        b"<SignedIdentifiers><SignedIdentifier><Id>p</Id><AccessPolicy><Expiry>2027-01-01T00:00:00.0000000Z</Expiry>"
        b"<Permission>rl</Permission></AccessPolicy></SignedIdentifier></SignedIdentifiers>"
    )
    assert parse_policies(content) == [("p", "rl", None, "2027-01-01T00:00:00.0000000Z")]
    assert parse_policies(b"<SignedIdentifiers/>") == []
