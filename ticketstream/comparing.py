"""The report that compares two models by their live answers."""

from analytics.clickhouse.client import Client
from analytics.reports.compare import compare, models_known
from analytics.reports.question import Question
from analytics.reports.report import Report
from consumer.errors import TicketstreamError
from terminal.safe_text import printable
from terminal.suggestions import did_you_mean


def compared_models(client: Client, question: Question, models: tuple[str, ...], *, every_judgement: bool) -> Report:
    """Compare the judged answers of two models.

    Raises:
        TicketstreamError: one of them answered nothing, or none of their answers was judged.
    """
    known = models_known(client, question)
    for model in models:
        if model not in known:
            raise TicketstreamError(
                f"Nothing to compare: the database {client.database} holds no answer of {printable(model)} since"
                f" {question.facts()['since']}{printable(did_you_mean(model, known))}. Look further back with --days"
            )
    report = compare(client, question, (models[0], models[1]), every_judgement=every_judgement).report()
    if report.empty:
        more = "" if every_judgement else ", or count every judged answer with --all-judgements"
        raise TicketstreamError(
            f"Nothing to compare: nobody judged an answer of these models that was drawn for the audit: judge some with"
            f" `ticketstream review`{more}"
        )
    return report
