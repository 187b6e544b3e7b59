"""What the server has done so far, as Prometheus reads it (text format 0.0.4)."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the buckets of durations, in seconds."""

_REQUESTS, _SECONDS = "skinproof_requests_total", "skinproof_request_seconds"
_KINDS = {
    _REQUESTS: ("Requests answered.", "counter"),
    _SECONDS: ("Time from request to end of answer.", "histogram"),
}


class Sample(NamedTuple):
    """A number of one family. labels: as they are printed, without braces."""

    family: str
    name: str
    labels: str
    value: float


class Metrics:
    """Counts of requests and how long they took; used from the event loop only."""

    def __init__(self) -> None:
        self.started = time.time()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(STEPS) + 1)
        self._seconds = 0.0
        self.open = 0

    def count(self, kind: str, status: int, seconds: float) -> None:
        """One request ended. kind: page, api, static or other."""
        self._requests[kind, status] += 1
        self._seconds += seconds
        self._buckets[sum(seconds > step for step in STEPS)] += 1

    def samples(self, gauges: Mapping[str, float]) -> list[Sample]:
        """All of it. gauges: what is so now."""
        made = [
            Sample(_REQUESTS, _REQUESTS, f'kind="{kind}",status="{status}"', n)
            for (kind, status), n in sorted(self._requests.items())
        ]
        total = 0
        for step, n in zip((*STEPS, float("inf")), self._buckets, strict=True):
            total += n
            bound = "+Inf" if step == float("inf") else str(step)
            made.append(Sample(_SECONDS, f"{_SECONDS}_bucket", f'le="{bound}"', total))
        made.append(Sample(_SECONDS, f"{_SECONDS}_sum", "", round(self._seconds, 6)))
        made.append(Sample(_SECONDS, f"{_SECONDS}_count", "", total))
        return made + [Sample(name, name, "", value) for name, value in gauges.items()]


def metrics_text(processes: Mapping[int, Iterable[Sample]], gauges: Mapping[str, str]) -> str:
    """What the processes with these numbers counted; each sample says whose it is, but for one that serves alone: number 0.

    gauges: name -> what it says.
    """
    lines: dict[str, list[str]] = {name: [] for name in (*_KINDS, *gauges)}
    for number, samples in sorted(processes.items()):
        own = f'worker="{number}"' if number else ""
        for sample in samples:
            labels = ",".join(filter(None, (own, sample.labels)))
            value = f"{sample.value:.6f}" if sample.name.endswith("_sum") else f"{sample.value:.15g}"
            lines[sample.family].append(
                f"{sample.name}{{{labels}}} {value}" if labels else f"{sample.name} {value}"
            )
    text = []
    for name, found in lines.items():
        words, kind = _KINDS.get(name) or (gauges[name], "gauge")
        text += [f"# HELP {name} {words}", f"# TYPE {name} {kind}", *found]
    return "\n".join(text) + "\n"
