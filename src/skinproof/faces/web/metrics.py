"""What the server has done so far, as Prometheus reads it (text format 0.0.4)."""

import time
from collections import Counter
from collections.abc import Mapping

STEPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the buckets of durations, in seconds."""


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

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """All of it. gauges: name -> (help, value) of what is so now."""
        lines = [
            "# HELP skinproof_requests_total Requests answered.",
            "# TYPE skinproof_requests_total counter",
        ]
        lines += [
            f'skinproof_requests_total{{kind="{kind}",status="{status}"}} {n}'
            for (kind, status), n in sorted(self._requests.items())
        ]
        name = "skinproof_request_seconds"
        lines += [f"# HELP {name} Time from request to end of answer.", f"# TYPE {name} histogram"]
        total = 0
        for step, n in zip((*STEPS, float("inf")), self._buckets, strict=True):
            total += n
            lines.append(f'{name}_bucket{{le="{"+Inf" if step == float("inf") else step}"}} {total}')
        lines += [f"{name}_sum {self._seconds:.6f}", f"{name}_count {total}"]
        for gauge, (words, value) in gauges.items():
            lines += [f"# HELP {gauge} {words}", f"# TYPE {gauge} gauge", f"{gauge} {value:g}"]
        return "\n".join(lines) + "\n"
