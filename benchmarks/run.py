"""All benchmarks, one after another: python benchmarks/run.py"""

import subprocess
import sys
from pathlib import Path

for name in ("tagging.py", "extraction.py", "ingest.py", "sync.py", "answers.py", "web.py", "synthesis.py"):
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).with_name(name))], check=True)
