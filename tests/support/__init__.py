"""What tests lend each other: made-up voices, corpora, models and visitors."""
