package render

import (
	"slices"
	"testing"
	"text/template/parse"
)

// TestTemplatesEscape: a template writes nothing that is not escaped, except in a block of code.
func TestTemplatesEscape(t *testing.T) {
	written := 0
	var walk func(where string, n parse.Node)
	walk = func(where string, n parse.Node) {
		branch := func(b *parse.BranchNode) {
			walk(where, b.List)
			if b.ElseList != nil {
				walk(where, b.ElseList)
			}
		}
		switch n := n.(type) {
		case *parse.ListNode:
			for _, child := range n.Nodes {
				walk(where, child)
			}
		case *parse.IfNode:
			branch(&n.BranchNode)
		case *parse.RangeNode:
			branch(&n.BranchNode)
		case *parse.WithNode:
			branch(&n.BranchNode)
		case *parse.ActionNode:
			if len(n.Pipe.Decl) > 0 {
				return // it only sets a variable
			}
			written++
			function, _ := n.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
			safe := []string{"escape", "code"}
			if len(n.Pipe.Cmds) > 1 || function == nil || !slices.Contains(safe, function.Ident) {
				t.Errorf("%s writes %s unescaped", where, n)
			}
		}
	}
	for _, one := range markdownTemplates().Templates() {
		if one.Tree != nil {
			walk(one.Name(), one.Root)
		}
	}
	if written < 60 {
		t.Errorf("read %d actions, want all of them", written)
	}
}
