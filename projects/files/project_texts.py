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
_UNMEASURED: Final = """\

# The model knows only the names of categories, and nobody has measured it: policy.toml lets no answer be automatic.
THRESHOLD_POLICY=policy.toml
"""
_OWN_POLICY: Final = """\

# From which confidence answers are automatic.
THRESHOLD_POLICY=policy.toml
"""
_POLICY: Final = """\
# From which confidence an answer is automatic (AUTO) or suggested (SUGGEST), while `.env` names this file.
#
# Made for a model that knows only the names of categories: nobody has measured it, so no answer is automatic. Once
# people have judged answers, `ticketstream report thresholds --write policy.toml` puts proven thresholds here.
# `ticketstream train` does without this file, unless you have changed it.

version = "unmeasured-1"
auto = "never"
suggest = 0.3
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


def settings_text(*, with_model: bool, own_policy: bool = False) -> str:
    """What stands in `.env`.

    Args:
        with_model: whether there is a model of labelled tickets.
        own_policy: whether people have put thresholds of their own into policy.toml.
    """
    model = _WITH_MODEL if with_model else _WITHOUT_MODEL
    return _SETTINGS.format(model=model + (_OWN_POLICY if own_policy else ""))


def readme_text(name: str, *, with_model: bool) -> str:
    """What stands in README.md."""
    row = "| `model/` | the model that was learned from `tickets/` |\n" if with_model else ""
    return _readme(name, " and a model" if with_model else "", row, with_tickets=with_model)


def texts_of_names(name: str) -> dict[str, str]:
    """The texts of a project whose model knows only names of categories, by the file's name."""
    rows = (
        "| `model/` | a model that knows the names of the categories, and no ticket: nobody has measured it |\n"
        "| `policy.toml` | lets no answer be automatic, since nobody has measured the model |\n"
    )
    return {
        ".env": _SETTINGS.format(model=_WITH_MODEL + _UNMEASURED),
        "README.md": _readme(name, " and a model", rows, with_tickets=False),
        "policy.toml": _POLICY,
    }


def _readme(name: str, and_model: str, model_rows: str, *, with_tickets: bool) -> str:
    return _README.format(
        name=name,
        and_model=and_model,
        model_row=model_rows,
        tickets="the labelled tickets, all of which `ticketstream train` learns from"
        if with_tickets
        else "nothing yet: put labelled tickets here, and `ticketstream train` makes a model",
        train="Train again, when there are more labelled tickets in `tickets/`, or better labels:"
        if with_tickets
        else "Make a model of labelled tickets, as soon as there are some hundred in `tickets/`:",
    )
