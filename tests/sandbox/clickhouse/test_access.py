"""What a statement may reach over HTTP: tables, and neither files nor the network nor other programs."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import urllib3

from tests.support.clickhouse_process import DoorProcess, door_process

CANARY = "canary-of-a-file"


class Target(NamedTuple):
    """What an attack is for: a folder with a file to read, and a port to connect to."""

    folder: Path
    listener: socket.socket

    @property
    def names(self) -> dict[str, str]:
        """The places of a statement that this target fills."""
        folder, port = str(self.folder), str(self.listener.getsockname()[1])
        return {"SECRET": f"{folder}/secret.csv", "OUT": f"{folder}/out", "DIR": folder, "PORT": port}

    def was_reached(self) -> list[str]:
        """What happened that must not happen."""
        found = sorted(path.name for path in self.folder.iterdir() if path.name != "secret.csv")
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return found
        return [*found, "a connection"]


@pytest.fixture(scope="module")
def http(door: DoorProcess) -> Iterator[urllib3.HTTPConnectionPool]:
    with urllib3.HTTPConnectionPool("127.0.0.1", door.port, retries=False, timeout=60) as pool:
        for statement in (
            "CREATE TABLE rows (a String) ENGINE = MergeTree ORDER BY a",
            "CREATE TABLE fed (a String) ENGINE = MergeTree ORDER BY a",
        ):
            assert pool.request("POST", "/", body=statement).status == 200
        yield pool


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    (tmp_path / "secret.csv").write_text(f"{CANARY}\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Target(tmp_path, listener)


READING = [
    "SELECT * FROM file('SECRET', 'LineAsString')",
    "select * from FILE('SECRET', LineAsString)",
    "SELECT * FROM `file`('SECRET', 'LineAsString')",
    "SELECT * FROM /* x */ file /* y */ ('SECRET', 'LineAsString')",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM file('SECRET', 'LineAsString')))",
    "WITH x AS (SELECT * FROM file('SECRET', 'LineAsString')) SELECT * FROM x",
    "SELECT 1 UNION ALL SELECT count() FROM file('SECRET', 'LineAsString')",
    "DESCRIBE file('SECRET')",
    "EXPLAIN ESTIMATE SELECT * FROM file('SECRET', 'LineAsString')",
    "SELECT * FROM fileCluster('default', 'SECRET', 'LineAsString')",
    "SELECT * FROM filesystem('DIR')",
    "SELECT * FROM 'SECRET'",
    "SELECT * FROM `SECRET`",
    "SELECT * FROM _files.`SECRET`",
    "SELECT * FROM merge('_files', '.*')",
    "SELECT file('SECRET')",
    "SELECT `file`('SECRET')",
    "SELECT \"file\"('SECRET')",
    "SELECT `f\\x69le`('SECRET')",
    "SELECT file/**/($$SECRET$$)",
    "SELECT 'SECRET' AS p, file(p)",
    "SELECT arrayMap(x -> file(x), ['SECRET'])",
    "SELECT * APPLY(file) FROM (SELECT 'SECRET')",
    "SELECT COLUMNS('a') APPLY file FROM (SELECT 'SECRET' AS a)",
    "SELECT 1 WHERE file('SECRET') != ''",
    "SELECT * FROM rows |> WHERE a = file('SECRET')",
    "SELECT throwIf(1, file('SECRET'))",
    "CREATE TABLE by_default (a String DEFAULT file('SECRET')) ENGINE = Memory",
    "CREATE VIEW of_file AS SELECT file('SECRET')",
    "CREATE MATERIALIZED VIEW fed_by_file TO rows AS SELECT file('SECRET') AS a FROM fed",
    "CREATE TABLE of_file AS file('SECRET', 'LineAsString')",
    "CREATE TABLE of_file ENGINE = Memory AS SELECT * FROM file('SECRET', 'LineAsString')",
    "CREATE TABLE of_file (a String) ENGINE = File(LineAsString, 'SECRET')",
    "ATTACH TABLE of_file (a String) ENGINE = File(LineAsString, 'SECRET')",
    "CREATE TEMPORARY TABLE of_file (a String) ENGINE = File(LineAsString, 'SECRET')",
    "CREATE DATABASE of_files ENGINE = Filesystem('DIR')",
    "CREATE DATABASE of_sqlite ENGINE = SQLite('SECRET')",
    "CREATE DATABASE of_backup ENGINE = Backup('x', File('SECRET'))",
    "INSERT INTO rows VALUES (file('SECRET'))",
    "INSERT INTO rows FORMAT Values (file('SECRET'))",
    "INSERT INTO rows VALUES ('1'); INSERT INTO rows SELECT file('SECRET')",
    "INSERT INTO rows VALUES ('1');\nINSERT INTO rows SELECT file('SECRET')",
    "INSERT INTO FUNCTION null(\u2018'\u2019) VALUES (1); SELECT file('SECRET') --' FORMAT Values",
    "EXPLAIN AST INSERT INTO rows VALUES (1) \u2018'\u2019 ; SELECT file('SECRET') --'",
    "SELECT * FROM format(Values, 'a String', concat('(fi', 'le(\\'SECRET\\'))'))",
    "INSERT INTO rows SETTINGS input_format_values_interpret_expressions = 1 VALUES (file('SECRET'))",
    "INSERT INTO rows FROM INFILE 'SECRET' FORMAT LineAsString",
    "INSERT INTO rows FROM INFILE 'SECRET'",
    "INSERT INTO rows FROM/**/INFILE\n'SECRET' FORMAT LineAsString",
    "INSERT INTO rows SELECT * FROM file('SECRET', 'LineAsString')",
    "ALTER TABLE rows UPDATE a = file('SECRET') WHERE 1",
    "ALTER TABLE rows ADD COLUMN b String DEFAULT file('SECRET')",
    (
        "CREATE DICTIONARY d (a String) PRIMARY KEY a SOURCE(FILE(path 'SECRET' format 'CSV'))"
        " LAYOUT(HASHED()) LIFETIME(0)"
    ),
    "SELECT * FROM sqlite('SECRET', 't')",
    "SELECT * FROM icebergLocal('DIR')",
    "SELECT * FROM deltaLakeLocal('DIR')",
    "SELECT * FROM paimonLocal('DIR')",
    "SELECT * FROM eval('SELECT file(\\'SECRET\\')') SETTINGS allow_experimental_eval_table_function = 1",
    "SELECT * FROM viewExplain('EXPLAIN', '', (SELECT file('SECRET')))",
    "SELECT * FROM python(settings)",
    "SELECT * FROM Python('parameters')",
    "RESTORE TABLE rows FROM File('SECRET')",
    "SELECT 1 FORMAT Protobuf SETTINGS format_schema = 'SECRET:x'",
    "SET dialect = 'kusto'",
]
WRITING = [
    "INSERT INTO FUNCTION file('OUT', 'CSV', 'a String') SELECT 'x'",
    "insert into table function FILE('OUT', CSV, 'a String') values ('x')",
    "INSERT INTO FUNCTION file('OUT', 'CSV', 'a String') FORMAT CSV\nx",
    "INSERT INTO FUNCTION `file`('OUT', 'CSV', 'a String') SELECT 'x'",
    "INSERT INTO `OUT.csv` SELECT 'x'",
    "SELECT 1 INTO OUTFILE 'OUT'",
    "select 1 into/**/outfile 'OUT' truncate format CSV",
    "SELECT * FROM (SELECT 1) INTO OUTFILE $$OUT$$ APPEND",
    "SELECT 1 INTO OUTFILE 'OUT' AND STDOUT COMPRESSION 'gzip'",
    "EXPLAIN SELECT 1 INTO OUTFILE 'OUT'",
    "SHOW TABLES INTO OUTFILE 'OUT'",
    "DESCRIBE rows INTO OUTFILE 'OUT'",
    "CREATE TABLE to_file (a String) ENGINE = File(CSV, 'OUT')",
    "CREATE TABLE to_file ENGINE = File(CSV, 'OUT') AS SELECT 'x' AS a",
    "CREATE MATERIALIZED VIEW to_file ENGINE = File(CSV, 'OUT') AS SELECT a FROM fed",
    "CREATE TABLE own (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = 'local', path = 'OUT/')",
    (
        "CREATE TABLE own (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS `d\\x69sk` = `d\\x69sk`(type ="
        " 'local', path = 'OUT/')"
    ),
    "ALTER TABLE rows MODIFY SETTING disk = disk(type = 'local', path = 'OUT/')",
    "ATTACH TABLE moved FROM 'DIR/' (a String) ENGINE = MergeTree ORDER BY a",
    "BACKUP TABLE rows TO File('OUT')",
    "BACKUP DATABASE default TO Disk('default', 'OUT')",
    "ALTER TABLE rows FREEZE",
    "SELECT 1 AS a FORMAT Protobuf SETTINGS output_format_schema = 'OUT'",
    (
        "SELECT * FROM format(CSV, 'a Int8', 'x\n1\n') SETTINGS input_format_allow_errors_num = 9,"
        " input_format_record_errors_file_path = 'OUT', errors_output_format = 'CSV'"
    ),
    "CREATE TABLE rocks (a UInt64) ENGINE = EmbeddedRocksDB(0, 'OUT') PRIMARY KEY a",
    "CREATE TABLE log (a String) ENGINE = FileLog('DIR', 'CSV')",
]
CONNECTING = [
    "SELECT * FROM url('http://127.0.0.1:PORT/', 'CSV', 'a String')",
    "SELECT * FROM urlCluster('default', 'http://127.0.0.1:PORT/', 'CSV', 'a String')",
    "INSERT INTO FUNCTION url('http://127.0.0.1:PORT/', 'CSV', 'a String') VALUES ('x')",
    "SELECT * FROM s3('http://127.0.0.1:PORT/bucket/a.csv', 'CSV', 'a String')",
    "SELECT * FROM s3('http://127.0.0.1:PORT/bucket/a.csv', NOSIGN, 'CSV', 'a String')",
    "SELECT * FROM gcs('http://127.0.0.1:PORT/bucket/a.csv', 'CSV', 'a String')",
    "SELECT * FROM cosn('http://127.0.0.1:PORT/bucket/a.csv', 'CSV', 'a String')",
    "SELECT * FROM oss('http://127.0.0.1:PORT/bucket/a.csv', 'CSV', 'a String')",
    "SELECT * FROM s3Cluster('default', 'http://127.0.0.1:PORT/bucket/a.csv', 'CSV', 'a String')",
    "SELECT * FROM hudi('http://127.0.0.1:PORT/bucket/a/', 'k', 's')",
    "SELECT * FROM deltaLake('http://127.0.0.1:PORT/bucket/a/', 'k', 's')",
    "SELECT * FROM iceberg('http://127.0.0.1:PORT/bucket/a/', 'k', 's')",
    "SELECT * FROM paimon('http://127.0.0.1:PORT/bucket/a/', 'k', 's')",
    "SELECT * FROM azureBlobStorage('http://127.0.0.1:PORT/a', 'b', 'c', 'd', 'e2U=', 'CSV')",
    "SELECT * FROM hdfs('hdfs://127.0.0.1:PORT/a', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:PORT', system.one)",
    "SELECT * FROM remoteSecure('127.0.0.1:PORT', system.one)",
    "SELECT * FROM cluster('127.0.0.1:PORT', system.one)",
    "SELECT * FROM mysql('127.0.0.1:PORT', 'a', 'b', 'c', 'd')",
    "SELECT * FROM postgresql('127.0.0.1:PORT', 'a', 'b', 'c', 'd')",
    "SELECT * FROM mongodb('127.0.0.1:PORT', 'a', 'b', 'c', 'd', 'a String')",
    "SELECT * FROM redis('127.0.0.1:PORT', 'a', 'a String')",
    "SELECT * FROM jdbc('x', 'y', 'z')",
    "SELECT * FROM odbc('DSN=x', 'y', 'z')",
    (
        "SELECT * FROM ytsaurus('http://127.0.0.1:PORT/', 'b', 'c', 'a String') SETTINGS"
        " allow_experimental_ytsaurus_table_function = 1"
    ),
    "SELECT * FROM arrowFlight('127.0.0.1:PORT', 'x')",
    "SELECT * FROM executable('x.sh', 'CSV', 'a String')",
    "SELECT * FROM dictionary('x')",
    "CREATE TABLE away (a String) ENGINE = URL('http://127.0.0.1:PORT/', 'CSV')",
    "CREATE TABLE away (a String) ENGINE = S3('http://127.0.0.1:PORT/bucket/a.csv', 'CSV')",
    "CREATE TABLE away (a String) ENGINE = S3Queue('http://127.0.0.1:PORT/bucket/*', 'CSV')",
    "CREATE TABLE away (a String) ENGINE = MySQL('127.0.0.1:PORT', 'a', 'b', 'c', 'd')",
    "CREATE TABLE away (a String) ENGINE = PostgreSQL('127.0.0.1:PORT', 'a', 'b', 'c', 'd')",
    "CREATE TABLE away (a String) ENGINE = MongoDB('127.0.0.1:PORT', 'a', 'b', 'c', 'd')",
    "CREATE TABLE away (a String) ENGINE = Redis('127.0.0.1:PORT') PRIMARY KEY a",
    "CREATE TABLE away (a String) ENGINE = Kafka('127.0.0.1:PORT', 't', 'g', 'CSV')",
    (
        "CREATE TABLE away (a String) ENGINE = NATS SETTINGS nats_url = '127.0.0.1:PORT', nats_subjects ="
        " 'x', nats_format = 'CSV'"
    ),
    "CREATE TABLE away (a String) ENGINE = Remote('127.0.0.1:PORT', 'a', 'b')",
    "CREATE TABLE away (a String) ENGINE = Distributed('default', 'a', 'b')",
    "CREATE TABLE away (a String) ENGINE = Executable('x.sh', 'CSV')",
    "CREATE TABLE away (a String) ENGINE = ExecutablePool('x.sh', 'CSV')",
    "CREATE TABLE away (a String) ENGINE = ReplicatedMergeTree('/a', 'b') ORDER BY a",
    (
        "CREATE TABLE away (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = 'web',"
        " endpoint = 'http://127.0.0.1:PORT/')"
    ),
    (
        "CREATE TABLE away (a Int8) ENGINE = MergeTree ORDER BY a SETTINGS disk = disk(type = 'object_storage',"
        " object_storage_type = 's3', endpoint = 'http://127.0.0.1:PORT/bucket/a/',"
        " access_key_id = 'a', secret_access_key = 'b')"
    ),
    "CREATE DATABASE away ENGINE = MySQL('127.0.0.1:PORT', 'a', 'b', 'c')",
    "CREATE DATABASE away ENGINE = PostgreSQL('127.0.0.1:PORT', 'a', 'b', 'c')",
    "CREATE DATABASE away ENGINE = MaterializedPostgreSQL('127.0.0.1:PORT', 'a', 'b', 'c')",
    "CREATE DATABASE away ENGINE = S3('http://127.0.0.1:PORT/bucket', 'NOSIGN')",
    "CREATE DATABASE away ENGINE = HDFS('hdfs://127.0.0.1:PORT/')",
    (
        "CREATE DATABASE away ENGINE = DataLakeCatalog('http://127.0.0.1:PORT/') SETTINGS catalog_type = 'rest',"
        " warehouse = 'x', allow_experimental_database_iceberg = 1"
    ),
    "BACKUP TABLE rows TO S3('http://127.0.0.1:PORT/bucket/a/', 'k', 's')",
    (
        "CREATE DICTIONARY d (a String) PRIMARY KEY a SOURCE(HTTP(url 'http://127.0.0.1:PORT/' format"
        " 'CSV')) LAYOUT(HASHED()) LIFETIME(0)"
    ),
    "CREATE NAMED COLLECTION n AS url = 'http://127.0.0.1:PORT/'",
    (
        "SELECT * FROM format(AvroConfluent, '\\0\\0\\0\\0\\1x') SETTINGS format_avro_schema_registry_url ="
        " 'http://127.0.0.1:PORT/'"
    ),
    "SELECT aiGenerate('x', 'y') SETTINGS allow_experimental_ai_functions = 1",
    "CREATE FUNCTION f AS x -> x",
    "SYSTEM SHUTDOWN",
    "SYSTEM RELOAD CONFIG",
    "SYSTEM FLUSH LOGS",
    "CREATE USER u",
    "GRANT ALL ON *.* TO default",
    "ALTER USER default IDENTIFIED BY 'x'",
    "CREATE SETTINGS PROFILE p",
    "EXECUTE AS default SELECT 1",
]


def _attack(http: urllib3.HTTPConnectionPool, target: Target, statement: str) -> tuple[bool, list[str]]:
    """Whether a statement was refused with a sentence, without the file's text; and what it reached."""
    for name, value in target.names.items():
        statement = statement.replace(name, value)
    reply = http.request("POST", "/", body=statement.encode())
    told = http.request("POST", "/", body=b"SELECT groupArray(a) FROM rows").data
    is_refused = 400 <= reply.status < 600 and reply.data.startswith(b"Code: ")
    return is_refused and CANARY.encode() not in reply.data + told, target.was_reached()


@pytest.mark.parametrize("statement", [*READING, *WRITING, *CONNECTING])
def test_a_statement_keeps_to_the_tables(http: urllib3.HTTPConnectionPool, target: Target, statement: str) -> None:
    """However it is written, no file is read or made, nobody is called, and the answer says no."""
    assert _attack(http, target, statement) == (True, [])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT file FROM (SELECT 1 AS file)",
        "SELECT 'file(1) INTO OUTFILE \\'x\\' disk(1) ATTACH', $$FROM INFILE 'x'$$",
        "SELECT 1 AS `disk`, 2 AS \"a\\tb\" -- file('/etc/passwd')",
        "CREATE TABLE profiles (file String, disk Int8, `attach` String) ENGINE = MergeTree ORDER BY ()",
        "INSERT INTO profiles VALUES ('INTO OUTFILE file()', -1, 'ATTACH FROM'), ('a;b', 1, NULL);",
        "INSERT INTO profiles (file, disk) FORMAT CSV\nfile(1),2\n",
        "INSERT INTO profiles (`f\\x69le`) SELECT concat('file', toString(number)) FROM numbers(3)",
        "SELECT * FROM profiles WHERE file LIKE '%file(%' SETTINGS max_threads = 1",
        "CREATE OR REPLACE VIEW of_profiles AS SELECT file, count() AS n FROM profiles GROUP BY file",
        "ALTER TABLE profiles MODIFY COLUMN file String COMMENT 'a file', ADD INDEX by_file file TYPE minmax",
        "ALTER TABLE profiles DETACH PARTITION tuple()",
        "ALTER TABLE profiles ATTACH PARTITION tuple()",
        "DETACH TABLE profiles",
        "ATTACH TABLE profiles",
        "EXPLAIN SELECT file FROM profiles",
        "OPTIMIZE TABLE profiles FINAL",
        "TRUNCATE TABLE profiles",
        "DROP TABLE profiles SYNC",
        "SELECT name FROM system.disks",
        "SELECT * FROM view(SELECT 1) AS a, values('a Int8', 1, 2) AS b, numbers(2) AS c, format(CSV, '1') AS d",
    ],
)
def test_words_are_no_ways_to_files(http: urllib3.HTTPConnectionPool, statement: str) -> None:
    """Columns, texts, comments and data may say what they like: the engine's own parser tells them apart."""
    reply = http.request("POST", "/", body=statement.encode())

    assert (reply.status, reply.data[:0]) == (200, b""), reply.data


def test_many_rows_that_speak_of_files_are_stored(http: urllib3.HTTPConnectionPool) -> None:
    """A statement is looked at without its rows, however many there are."""
    http.request("POST", "/", body=b"CREATE TABLE letters (a String) ENGINE = MergeTree ORDER BY a")
    rows = ",".join(f"('see my file {number}: SELECT file(1) INTO OUTFILE')" for number in range(20_000))
    statuses = [
        http.request("POST", "/", body=f"INSERT INTO letters {form} {rows}".encode()).status
        for form in ("VALUES", "FORMAT Values")
    ]

    assert statuses == [200, 200]
    assert http.request("POST", "/", body=b"SELECT count() FROM letters").data == b"40000\n"


def test_what_is_too_deep_is_refused(http: urllib3.HTTPConnectionPool) -> None:
    """Neither the engine's parser nor ours ends the process."""
    deep = b"SELECT " + b"(" * 900 + b"file('/etc/hostname')" + b")" * 900
    long = b"SELECT " + b"1 + " * 20_000 + b"file('/etc/hostname')"
    codes = [
        http.request("POST", "/", body=statement).headers["X-ClickHouse-Exception-Code"] for statement in (deep, long)
    ]

    assert codes == ["306", "167"]
    assert http.request("GET", "/ping").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("readonly", ["", "&readonly=0", "&readonly=2"])
def test_only_a_post_changes_anything(http: urllib3.HTTPConnectionPool, method: str, readonly: str) -> None:
    """A link or a picture in somebody's page is a GET: no parameter turns it into more."""
    statement = "CREATE+TABLE+by_link+(a+Int8)+ENGINE=Memory"

    assert http.request(method, f"/?query={statement}{readonly}").status == 403
    assert http.request("POST", "/", body=b"EXISTS TABLE by_link").data == b"0\n"


def test_a_folder_of_before_keeps_its_tables(tmp_path: Path) -> None:
    """The engine itself lays `default` out so: a link to the tables, and no definition."""
    data = tmp_path / "data, more+%41"
    with door_process(data) as door, urllib3.HTTPConnectionPool("127.0.0.1", door.port) as http:
        http.request("POST", "/", body=b"CREATE TABLE kept (a Int8) ENGINE = MergeTree ORDER BY a")
        http.request("POST", "/", body=b"INSERT INTO kept VALUES (7)")
    (data / "metadata" / "default.sql").unlink()
    with door_process(data) as door, urllib3.HTTPConnectionPool("127.0.0.1", door.port) as http:
        assert http.request("POST", "/", body=b"SELECT a FROM kept").data == b"7\n"
        assert http.request("POST", "/", body=b"SELECT file('/etc/hostname')").status == 403
