"""Asking sources over the network, politely. The only room that opens connections to them."""
