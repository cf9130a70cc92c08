"""What labs are made of: settings, studies, results, claims, words, and how a lab is tuned."""
