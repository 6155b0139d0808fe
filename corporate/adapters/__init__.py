"""What turns the ports into answers: our own database, and whatever an institution puts beside it."""
