"""One module per route to access: what Azure grants by role assignment, ACL, policy, entitlement or export."""
