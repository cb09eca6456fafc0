"""The page on which the standing agency keeps the letterheads of a plan's reports, their recipients and signers."""
