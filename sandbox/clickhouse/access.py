"""What a statement may reach: the tables of the data folder, and nothing else of this machine or its network.

The engine runs as clickhouse-local does, which lets its user read and write every file. Three things change that:

1. The engine's own access control. Its user is granted what is listed here: no source of data outside the tables, no
   table engine that has one, no dictionaries, functions, backups or SYSTEM.
2. Settings that name files or addresses, or that let text become code, cannot be changed.
3. Some ways out know no access control: the function `file`, INTO OUTFILE, FROM INFILE, ATTACH … FROM, disks that a
   statement defines, and some engines. They are found in the syntax tree that the engine's own parser makes.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from sandbox.clickhouse.statement import Insert, Plain

# The engine mixes the files of the working directory into the tables of this database; everything in it is refused.
_OVERLAID: Final = "_files"
_GRANT: Final = (
    "GRANT CHECK, SHOW, SELECT, INSERT, CREATE DATABASE, CREATE TABLE, CREATE VIEW, CREATE TEMPORARY TABLE, DROP,"
    " UNDROP TABLE, TRUNCATE, OPTIMIZE, KILL QUERY, ALTER VIEW, ALTER UPDATE, ALTER DELETE, ALTER COLUMN,"
    " ALTER MODIFY COMMENT, ALTER INDEX, ALTER PROJECTION, ALTER STATISTICS, ALTER CONSTRAINT, ALTER TTL,"
    " ALTER SETTINGS, ALTER MOVE PARTITION ON *.*"
)
_ENGINES: Final = (
    "MergeTree",
    "ReplacingMergeTree",
    "SummingMergeTree",
    "AggregatingMergeTree",
    "CollapsingMergeTree",
    "CoalescingMergeTree",
    "VersionedCollapsingMergeTree",
    "Memory",
    "Log",
    "TinyLog",
    "StripeLog",
    "Null",
    "Set",
    "Join",
    "Buffer",
    "Merge",
    "GenerateRandom",
    "View",
    "MaterializedView",
    "Atomic",
)
_ENGINE_KINDS: Final = frozenset({"TABLE_ENGINE", "DATABASE_ENGINE"})
# Each would read or write a file, ask an address, or run what a text says; None leaves the engine's own default.
_FIXED: Final = {
    "allow_python_table_function": "0",
    "allow_experimental_eval_table_function": "0",
    "allow_experimental_ai_functions": "0",
    "dialect": "clickhouse",
    "dynamic_disk_allow_from_env": "0",
    "dynamic_disk_allow_from_zk": "0",
    "dynamic_disk_allow_include": "0",
    "format_avro_schema_registry_url": None,
    "format_schema": None,
    "input_format_record_errors_file_path": None,
    "jemalloc_enable_profiler": "0",
    "merge_tree_disk": None,
    "merge_tree_storage_policy": None,
    "merge_tree_table_disk": None,
    "output_format_schema": None,
    # Rows of VALUES are values: as expressions they could call what a statement may not.
    "input_format_values_interpret_expressions": "0",
    "input_format_values_deduce_templates_of_expressions": "0",
}
_FORBIDDEN_FUNCTIONS: Final = frozenset({"executable", "file"})
_FORBIDDEN_CLAUSES: Final = {"out_file": "INTO OUTFILE", "infile": "FROM INFILE", "attach_from_path": "ATTACH … FROM"}
_TELLING_WORDS: Final = (b"file", b"disk", b"attach", b"engine", b"executable")
DATA: Final = b"'rows'"
TREE: Final = "SELECT parseQueryToJSON(formatQuery({}))"


def configure(data: Path) -> Path:
    """Write the engine's configuration into the data folder, for its next start; return its file.

    Raises:
        OSError: the folder cannot be written.
    """
    folder = data / "access"
    (folder / "nothing").mkdir(parents=True, exist_ok=True)
    (folder / "users.xml").write_text(_users(), encoding="utf-8")
    nothing = escape(f"{(folder / 'nothing').resolve()}/")
    paths = "".join(f"<{name}>{nothing}</{name}>" for name in ("user_files_path", "user_scripts_path"))
    (folder / "config.xml").write_text(
        f"<clickhouse><users_config>{escape(str((folder / 'users.xml').resolve()))}</users_config>{paths}"
        f"<format_schema_path>{nothing}</format_schema_path><default_database>{_OVERLAID}</default_database>"
        "<access_control_improvements><table_engines_require_grant>true</table_engines_require_grant>"
        "</access_control_improvements></clickhouse>",
        encoding="utf-8",
    )
    _separate_default(data / "metadata")
    return folder / "config.xml"


def _users() -> str:
    values = "".join(f"<{name}>{value}</{name}>" for name, value in _FIXED.items() if value is not None)
    constraints = "".join(f"<{name}><const/></{name}>" for name in _FIXED)
    granted = [_GRANT, *(f"GRANT TABLE ENGINE ON {engine}" for engine in _ENGINES)]
    grants = "".join(f"<query>{statement}</query>" for statement in granted)
    return (
        f"<clickhouse><profiles><default>{values}<constraints>{constraints}</constraints></default></profiles>"
        "<quotas><default/></quotas><users><default><password/><networks><ip>::/0</ip></networks>"
        f"<profile>default</profile><quota>default</quota><grants>{grants}</grants></default></users></clickhouse>"
    )


def _separate_default(metadata: Path) -> None:
    """Make `default` a database of its own: by itself the engine mixes it with the files of the working directory.

    The link is the engine's. While it is there, the engine takes the tables for those of the mixed database, and two
    databases of the same tables end the process. The engine makes it anew.
    """
    definition, tables = metadata / "default.sql", metadata / "default"
    if not definition.exists():
        metadata.mkdir(exist_ok=True)
        identity = tables.readlink().name if tables.is_symlink() else str(uuid.uuid4())
        definition.write_text(f"ATTACH DATABASE default UUID '{identity}' ENGINE = Atomic\n", encoding="utf-8")
    if tables.is_symlink():
        tables.unlink()


def may_reach_files(statement: Plain | Insert) -> bool:
    """Whether the tree of a statement has to be looked at; most hold no word that could lead to a file.

    Within quotes a name may be written with escapes.
    """
    text = statement.sql if isinstance(statement, Plain) else statement.sql + statement.settings
    lowered = text.lower()
    hides_names = b"\\" in text and (b"`" in text or b'"' in text)
    return hides_names or any(word in lowered for word in _TELLING_WORDS)


def forbidden(tree: str, *, has_data: bool) -> str:
    """Return what the syntax tree of a statement has that reaches files; empty when there is nothing.

    Args:
        tree: as JSON.
        has_data: whether it is an INSERT whose data were put into the file DATA.

    Raises:
        ValueError: it is not JSON, or too deep.
    """
    try:
        root = json.loads(tree)
    except RecursionError:
        raise ValueError("The statement is too deep.") from None
    if has_data:
        # An INSERT that ends before our clause would let the engine run what stands behind it.
        file = root.pop("infile", None)
        if file is None or _quoted_name(file) != DATA:
            return "data within a statement"
    elif any(node.get("type") == "InsertQuery" and not node.get("select") for node in _nodes(root)):
        return "data within a statement"
    return next((reason for node in _nodes(root) if (reason := _reaching(node))), "")


def _quoted_name(literal: Any) -> bytes:
    return f"'{literal['value']['value']}'".encode()


def _reaching(node: dict[str, Any]) -> str:
    clause = next((words for key, words in _FORBIDDEN_CLAUSES.items() if node.get(key)), "")
    if clause or node.get("field_type") == "CustomType":
        return clause or "a disk of its own"
    if node.get("kind") in _ENGINE_KINDS:
        return "" if node["name"] in _ENGINES else f"the engine {node['name']}"
    named = [node.get("func_name"), node.get("name") if node.get("type") == "Function" else None]
    found = next((name for name in named if isinstance(name, str) and name.lower() in _FORBIDDEN_FUNCTIONS), None)
    return f"the function {found}" if found else ""


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
