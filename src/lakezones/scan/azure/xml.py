"""Parses the two answers of the blob service that a scan asks for, by the tens of thousands.

In: the bytes of a List Containers or Get Container ACL answer. Out: columns of containers, or stored policies. The
SDK's generated deserialiser takes most of the time of a listing, and this is all of it that is replaced. Entities
are off, and an answer that is not whole and well-formed raises, so that it is asked for again.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
from lxml import etree

from lakezones.model.facts import FACTS
from lakezones.model.frames import conform

_PARSER: Final = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
)
_DATE: Final = "%a, %d %b %Y %H:%M:%S GMT"
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


class MalformedAnswer(ValueError):
    """An answer that is cut off, not XML, or not what was asked for."""


@dataclass(kw_only=True)
class ContainerPage:
    """One page of a listing, by column."""

    names: list[str] = field(default_factory=list)
    modified: list[str | None] = field(default_factory=list)
    public: list[str | None] = field(default_factory=list)
    immutable: list[str | None] = field(default_factory=list)
    held: list[str | None] = field(default_factory=list)
    lease: list[str | None] = field(default_factory=list)
    metadata: list[str | None] = field(default_factory=list)
    marker: str = ""

    def document(self) -> dict[str, Any]:
        """The page as plain JSON."""
        return dict(vars(self))


def parse_containers(content: bytes) -> ContainerPage:
    """Read a page of List Containers.

    Raises
    ------
    MalformedAnswer
        If it is not a whole page.
    """
    containers, marker = _page(content, "Containers")
    page = ContainerPage(marker=marker)
    for item in containers:
        name: str | None = None
        properties: dict[str, str | None] = {}
        metadata: str | None = None
        for part in item:
            if part.tag == "Name":
                name = part.text
            elif part.tag == "Properties":
                properties = {entry.tag: entry.text for entry in part}
            elif part.tag == "Metadata":
                metadata = _encode({entry.tag: entry.text or "" for entry in part}) if len(part) else None
        if not name:
            raise MalformedAnswer("a container without a name")
        page.names.append(name)
        page.modified.append(properties.get("Last-Modified"))
        page.public.append(properties.get("PublicAccess"))
        page.immutable.append(properties.get("HasImmutabilityPolicy"))
        page.held.append(properties.get("HasLegalHold"))
        page.lease.append(properties.get("LeaseState"))
        page.metadata.append(metadata)
    return page


def containers_frame(pages: list[ContainerPage], account: str) -> pl.DataFrame:
    """Pages as the table ``containers``; names are bare."""
    columns: dict[str, Any] = {
        "container": [name for page in pages for name in page.names],
        "last_modified": [value for page in pages for value in page.modified],
        "public_access": [value for page in pages for value in page.public],
        "immutability": [value for page in pages for value in page.immutable],
        "legal_hold": [value for page in pages for value in page.held],
        "lease": [value for page in pages for value in page.lease],
        "metadata": [value for page in pages for value in page.metadata],
    }
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.lit(account).alias("account"),
        pl.col("last_modified").str.to_datetime(_DATE, time_unit="us", strict=False).dt.replace_time_zone("UTC"),
        pl.col("immutability") == "true",
        pl.col("legal_hold") == "true",
    )
    return conform(frame, FACTS["containers"])


def parse_blobs(content: bytes) -> dict[str, Any]:
    """Read a page of List Blobs: names, sizes and times of change, whether there are more, and where they go on.

    Raises
    ------
    MalformedAnswer
        If it is not a whole page.
    """
    blobs, marker = _page(content, "Blobs")
    found = blobs.findall("Blob")
    return {
        "names": [item.findtext("Name") for item in found],
        "sizes": [int(item.findtext("Properties/Content-Length") or 0) for item in found],
        "modified": [item.findtext("Properties/Last-Modified") for item in found],
        "more": bool(marker),
        "marker": marker,
    }


def parse_policies(content: bytes) -> list[tuple[str, str | None, str | None, str | None]]:
    """Read a Get Container ACL answer: identifier, permissions, start and expiry of each stored policy.

    Raises
    ------
    MalformedAnswer
        If it is not a whole answer.
    """
    root = _parse(content, "SignedIdentifiers")
    found = []
    for item in root:
        policy = item.findtext("Id")
        if not policy:
            raise MalformedAnswer("a stored policy without an identifier")
        found.append(
            (
                policy,
                item.findtext("AccessPolicy/Permission") or None,
                item.findtext("AccessPolicy/Start") or None,
                item.findtext("AccessPolicy/Expiry") or None,
            )
        )
    return found


def _page(content: bytes, name: str) -> tuple[Any, str]:
    """Items of a page of a listing, and where it goes on."""
    root = _parse(content, "EnumerationResults")
    items, marker = root.find(name), root.find("NextMarker")
    if items is None or marker is None:
        raise MalformedAnswer(f"a page of {name.lower()} without its list or its marker")
    return items, marker.text or ""


def _parse(content: bytes, expected: str) -> Any:
    try:
        root = etree.fromstring(content, _PARSER)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise MalformedAnswer(f"not XML: {error}") from None
    if root.tag != expected:
        raise MalformedAnswer(f"{root.tag} where {expected} was to come")
    return root
