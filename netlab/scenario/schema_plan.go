package scenario

// PlanSchema returns the JSON schema of a class's plan, for editors. LoadPlan checks the rest.
func PlanSchema() ([]byte, error) {
	l := &planLoader{}
	root := planForm(l, &Plan{}).object()
	root.Schema, root.Title = draft, "netlab plan"
	root.Defs = map[string]*schema{"part": partForm(l, &Part{}).object()}
	return encode(root)
}
