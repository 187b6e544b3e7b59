"""The static site: pages that anyone can open from disk, without server, network or script."""
