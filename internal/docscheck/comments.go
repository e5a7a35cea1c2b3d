package docscheck

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Undocumented tells what a package exports without a comment that begins with
// its name, and whether the package itself has no overview in doc.go or no
// example.
func Undocumented(dir string) (missing []string, err error) {
	fset := token.NewFileSet()
	var files []*ast.File
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") {
			file, err := parser.ParseFile(fset, filepath.Join(dir, e.Name()), nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			files = append(files, file)
		}
	}
	inDoc := inDocFile(fset, files) // what follows may take the comments away
	p, err := doc.NewFromFiles(fset, files, dir)
	if err != nil {
		return nil, err
	}
	note := func(comment, format string, args ...any) {
		if strings.TrimSpace(comment) == "" {
			missing = append(missing, dir+": "+fmt.Sprintf(format, args...))
		}
	}
	described := func(comment, kind, owner, name string) {
		note(comment, "%s %s%s", kind, owner, name)
		if comment != "" && !begins(comment, name) {
			note("", "%s %s%s: the comment does not begin with its name", kind, owner, name)
		}
	}
	note(p.Doc, "no overview")
	if p.Doc != "" && !(inDoc && strings.HasPrefix(p.Doc, "Package "+p.Name+" ")) {
		note("", "the overview is not in doc.go, or does not begin with Package %s", p.Name)
	}
	if !hasExample(p) {
		note("", "no example")
	}
	funcs := append([]*doc.Func(nil), p.Funcs...)
	values := append(append([]*doc.Value(nil), p.Consts...), p.Vars...)
	for _, t := range p.Types {
		described(t.Doc, "type", "", t.Name)
		funcs = append(append(funcs, t.Funcs...), t.Methods...)
		values = append(append(values, t.Consts...), t.Vars...)
	}
	explained := interfaceMethods(p)
	for _, f := range funcs {
		switch {
		case f.Recv == "":
			described(f.Doc, "func", "", f.Name)
		case !explained[f.Name] || f.Doc != "":
			described(f.Doc, "method", f.Recv+".", f.Name)
		}
	}
	for _, v := range values {
		noteValues(v, note)
	}
	return missing, nil
}

// begins tells whether a comment begins with a name, maybe behind an article.
func begins(comment, name string) bool {
	words := strings.Fields(comment)
	if len(words) > 1 && slices.Contains([]string{"A", "An", "The"}, words[0]) {
		words = words[1:]
	}
	return strings.TrimRight(words[0], ".,:;") == name
}

// inDocFile tells whether the package comment is in doc.go, and nowhere else.
func inDocFile(fset *token.FileSet, files []*ast.File) bool {
	for _, file := range files {
		if file.Doc != nil && filepath.Base(fset.File(file.Pos()).Name()) != "doc.go" {
			return false
		}
	}
	return true
}

// interfaceMethods are the methods whose interface, of Go or of the package, says
// what they are.
func interfaceMethods(p *doc.Package) map[string]bool {
	explained := map[string]bool{"Error": true, "String": true, "Unwrap": true, "Is": true}
	for _, t := range p.Types {
		for _, spec := range t.Decl.Specs {
			i, ok := spec.(*ast.TypeSpec).Type.(*ast.InterfaceType)
			if !ok {
				continue
			}
			for _, m := range i.Methods.List {
				for _, name := range m.Names {
					explained[name.Name] = explained[name.Name] || m.Doc.Text() != ""
				}
			}
		}
	}
	return explained
}

// noteValues takes the comment of a group for that of all its members.
func noteValues(v *doc.Value, note func(comment, format string, args ...any)) {
	for _, spec := range v.Decl.Specs {
		s := spec.(*ast.ValueSpec)
		for _, name := range s.Names {
			if name.IsExported() {
				note(v.Doc+s.Doc.Text()+s.Comment.Text(), "%s", name.Name)
			}
		}
	}
}

func hasExample(p *doc.Package) bool {
	examples := len(p.Examples)
	for _, f := range p.Funcs {
		examples += len(f.Examples)
	}
	for _, t := range p.Types {
		examples += len(t.Examples)
		for _, f := range append(t.Funcs, t.Methods...) {
			examples += len(f.Examples)
		}
	}
	return examples > 0
}
