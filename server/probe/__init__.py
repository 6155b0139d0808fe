"""The probe: a scripted telephone behind `ventanilla call`, which hears with its own ears."""
