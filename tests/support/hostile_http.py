"""Requests that no well-behaved client sends, for whatever server: every one is answered, with a sentence."""

from hypothesis import strategies as st

from tests.support.raw_http import asking

# What parsers of addresses, numbers, dates, cookies, forms and bodies stumble over.
ODD_TEXTS = [
    "",
    "//[",
    "//[::1",
    "http://[",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/?\r\nSet-Cookie: x=y",
    "/ticket?id=%0d%0aLocation:%20x",
    "%",
    "%zz",
    "%00",
    "%ff%fe",
    "%ed%a0%80",
    "\x00",
    "é",
    "²",
    "\u0661",
    "-1",
    "+5",
    "1e999",
    "NaN",
    "Infinity",
    "9" * 5000,
    "0x10",
    "2026-13-45T99:99:99Z",
    "x" * 3000,
    "[" * 200,
    "{" * 200,
    "es-",
    "'; DROP TABLE tickets; --",
    "{n}",
    "${x}",
    "../../etc/passwd",
]
texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=60))
raw_bytes = st.one_of(texts.map(lambda text: text.encode("utf-8", "surrogatepass")), st.binary(max_size=200))
bodies = st.one_of(
    raw_bytes,
    st.sampled_from(
        [
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b'{"tickets": NaN}',
            b'{"tickets": [' + b"9" * 5000 + b"]}",
            b"\xff\xfe{\x00}\x00",
            b"\xef\xbb\xbf{}",
            b'{"tickets": [{"id": "\\ud800", "subject": "\\ud800", "description": "\\udfff"}]}',
            b'{"tickets": [{"id": "a", "subject": "\\u0000", "description": "\\u202e"}], "top_k": 1e400}',
            b'{"tickets": [{"id": "a", "subject": "b", "description": "c"}], "top_k": 99999999999999999999999}',
            b"null",
            b"0",
            b'""',
            b"--x\r\nContent-Disposition: form-data; name=query\r\n\r\n\xff\r\n--x--",
        ]
    ),
)
_HEADERS = (
    "Accept-Language",
    "Accept-Encoding",
    "Authorization",
    "Cookie",
    "Content-Type",
    "Content-Encoding",
    "Forwarded",
    "If-Modified-Since",
    "Range",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-ClickHouse-User",
    "X-ClickHouse-Database",
    "X-ClickHouse-Format",
)
_ODD_VALUES = [
    "Bearer",
    "Bearer é",
    "Basic ====",
    "Basic /////w==",
    "ticketstream_lang=\xff; ticketstream_page=\xe9; ;=;",
    'ticketstream_theme="\\777"',
    "es;q=nan, en;q=inf, ;q=, fr;q=1e999, x;q=-1",
    "q=" * 400,
    "application/x-www-form-urlencoded; charset=nowhere",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary*=utf-99''%ff",
    "application/json; charset=utf-7",
    "gzip",
    "gzip;q=x, lz4;q=",
    "zstd",
    "lz4",
    "bytes=9-1",
    "yesterday",
]
headers = st.lists(
    st.tuples(
        st.sampled_from(_HEADERS),
        st.one_of(
            st.sampled_from(_ODD_VALUES).map(lambda value: value.encode("latin-1")),
            st.binary(max_size=40).map(lambda value: bytes(byte for byte in value if byte >= 32 and byte != 127)),
        ),
    ),
    max_size=3,
)


@st.composite
def requests(draw: st.DrawFn, paths: list[str], names: list[str], methods: list[str]) -> bytes:
    """Draw a request to one of the paths, with these names in its address and its form."""
    path = draw(
        st.one_of(st.sampled_from(paths), st.sampled_from(paths).flatmap(lambda at: texts.map(lambda text: at + text)))
    )
    query = draw(st.lists(st.tuples(st.sampled_from(names), raw_bytes), max_size=3))
    pairs = b"&".join(name.encode() + b"=" + _escaped(value, everything=draw(st.booleans())) for name, value in query)
    address = (
        b"/"
        + _escaped(path.encode("utf-8", "surrogatepass"), everything=False).lstrip(b"/")
        + (b"?" + pairs if query else b"")
    )
    method = draw(st.sampled_from(methods))
    if method in {"GET", "HEAD"}:
        return asking(address, *draw(headers), method=method)
    form = st.lists(st.tuples(st.sampled_from(names), raw_bytes), max_size=3).map(
        lambda fields: b"&".join(name.encode() + b"=" + value for name, value in fields)
    )
    body = draw(st.one_of(form, bodies))
    if draw(st.booleans()):
        return asking(address, *draw(headers), method=method, body=body)
    chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    return asking(address, ("Transfer-Encoding", "chunked"), *draw(headers), method=method) + chunked


def _escaped(value: bytes, *, everything: bool) -> bytes:
    """Escape what would end the line of the request; or everything."""
    return b"".join(
        bytes([byte]) if 32 < byte < 127 and byte not in b"#" and not everything else b"%%%02x" % byte for byte in value
    )
