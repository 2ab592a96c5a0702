"""XML from strangers: without entities, which a few lines can blow up to gigabytes."""

from xml.etree import ElementTree as ET

from core.script.script import ScriptError


def parse_xml(text: str) -> ET.Element:
    """The root element.

    Raises:
        ScriptError: it is no XML, or declares a document type or entities.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ScriptError("This XML declares a document type, which scripts do not need.", hint="Save it without.")
    try:
        return ET.fromstring(text)
    except ET.ParseError as error:
        raise ScriptError(f"This is no well-formed XML: {error}.") from error


def local(tag: object) -> str:
    """A tag or attribute without its namespace."""
    return str(tag).rpartition("}")[2]


def attribute(element: ET.Element, name: str, default: str = "") -> str:
    """An attribute, whatever its namespace."""
    return next((value for key, value in element.attrib.items() if local(key) == name), default)


def words_of(element: ET.Element) -> str:
    """All text inside, breaks as spaces."""
    parts: list[str] = []

    def walk(each: ET.Element) -> None:
        if local(each.tag) in ("metadata", "desc", "audio", "animate"):
            return
        if local(each.tag) == "br":
            parts.append(" ")
        parts.append(each.text or "")
        for child in each:
            walk(child)
            parts.append(child.tail or "")

    walk(element)
    return " ".join("".join(parts).split())
