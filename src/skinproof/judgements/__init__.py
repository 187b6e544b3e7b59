"""What people say of the machine's answers, folded into what holds."""
