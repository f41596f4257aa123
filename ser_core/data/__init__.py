"""What is made of the corpora: tables, copies, maps, and what there is to try."""
