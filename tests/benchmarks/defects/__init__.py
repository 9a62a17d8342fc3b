"""Lakes of an insurer whose roles have one planted defect each, and what their review pages say of them."""
