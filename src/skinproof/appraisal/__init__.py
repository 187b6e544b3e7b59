"""How well a preparation is reported, and where what is reported contradicts itself."""
