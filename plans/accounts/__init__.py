"""All accounts in one workbook, and their slips as a PDF."""
