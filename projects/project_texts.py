"""What a project's `.env` and README.md say."""

from typing import Final

_SETTINGS: Final = """\
# Settings of this project. Every `ticketstream` command that runs in this folder reads them, after the environment.
# What you change here stays, whatever `ticketstream train` does.

# The categories and the keyword rules. Where the model has no answer, or there is none, the rules answer.
TAXONOMY_FILE=taxonomy.toml
{model}
# Your Kafka and your ClickHouse. While `ticketstream sandbox --project .` runs, its addresses count instead.
# KAFKA_BOOTSTRAP_SERVERS=broker-1:9092
# CLICKHOUSE_URL=http://user:password@host:8123
"""
_WITH_MODEL: Final = """\

# The model's address. `python -m classifier serve --model model --port 9000` serves it there.
# ML_API_URL=http://127.0.0.1:9000/
"""
_WITHOUT_MODEL: Final = """\

# There is no model yet, and no ML_API_URL: the rules answer every ticket. Put labelled tickets into tickets/ and run
# `ticketstream train`; `python -m classifier serve --model model --port 9000` then serves the model at this address.
# ML_API_URL=http://127.0.0.1:9000/
"""

_README: Final = """\
# {name}

A project of ticketstream: categories, keyword rules{and_model} for your support tickets. Run the commands in this
folder.

| what | holds |
|---|---|
| `taxonomy.toml` | the categories, their names, and the keywords of the rules |
{model_row}| `tickets/` | {tickets} |
| `.env` | the settings that every command reads in this folder |
| `project.toml` | what the project was made from; `ticketstream train` reads it |

## What to do next

1. See it work on this machine, with broker, database and page:

   ```sh
   ticketstream sandbox --project .
   ```

2. Publish tickets, in a second terminal, in this folder. First look at what would be published:

   ```sh
   ticketstream publish export.csv --dry-run
   ticketstream publish export.csv
   ```

3. See the answers, and say where they are wrong:

   ```sh
   ticketstream tail ticket-categorized
   ticketstream explain TICKET_ID
   ticketstream correct TICKET_ID CATEGORY
   ```

4. {train}

   ```sh
   ticketstream train
   ```

5. Change categories without losing the old ones, and check the file:

   ```sh
   ticketstream taxonomy rename OLD NEW
   ticketstream taxonomy merge OLD INTO
   ticketstream taxonomy measure
   ticketstream taxonomy check
   ```

`ticketstream doctor` says whether everything is in place, and what to do about what is not.

## What you change stays

`ticketstream train`, and `ticketstream init` once more, leave every file that you have changed as it is. The new one
then stands beside it: `taxonomy.new.toml`. To take it up: `mv taxonomy.new.toml taxonomy.toml`.
"""


def settings_text(*, with_model: bool) -> str:
    """What stands in `.env`."""
    return _SETTINGS.format(model=_WITH_MODEL if with_model else _WITHOUT_MODEL)


def readme_text(name: str, *, with_model: bool) -> str:
    """What stands in README.md."""
    return _README.format(
        name=name,
        and_model=" and a model" if with_model else "",
        model_row="| `model/` | the model that was learned from `tickets/` |\n" if with_model else "",
        tickets="the labelled tickets, all of which `ticketstream train` learns from"
        if with_model
        else "nothing yet: put labelled tickets here, and `ticketstream train` makes a model",
        train="Train again, when there are more labelled tickets in `tickets/`, or better labels:"
        if with_model
        else "Make a model, as soon as there are some hundred labelled tickets in `tickets/`:",
    )
