"""STUB"""
from typing import NamedTuple, Any
from datetime import date
from collections import Counter
from classifier.training import Progress, train
from classifier.model import Model
from projects.named_categories import Named, taxonomy_of
class Report(NamedTuple):
    n: int
    def as_json(self) -> Any: return {"tickets": self.n}
class Learned(NamedTuple):
    model: Model
    taxonomy: str
    report: Report
def learn(labelled, *, today: date, name: str, on_progress: Progress) -> Learned:
    m = train([e.ticket("x") for e in labelled.examples], trained_on=today, name=name, on_progress=on_progress)
    cats=[]
    for l in sorted({e.label for e in labelled.examples}, key=str):
        cats.append(Named(labelled.names[l[0],None],""))
        if l[1]: cats.append(Named(labelled.names[l[0],None]+"/"+labelled.names[l],""))
    return Learned(m, taxonomy_of(list(dict.fromkeys(cats)), today), Report(len(labelled.examples)))
