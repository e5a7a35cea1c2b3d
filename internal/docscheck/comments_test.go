package docscheck_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/docscheck"
)

func TestCommentsThatDoNotBeginWithTheName(t *testing.T) {
	missing, err := docscheck.Undocumented("testdata/misnamed")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"testdata/misnamed: the overview is not in doc.go, or does not begin with Package misnamed",
		"testdata/misnamed: type T: the comment does not begin with its name",
		"testdata/misnamed: func F: the comment does not begin with its name",
		"testdata/misnamed: method U.M: the comment does not begin with its name",
	}, missing)
}
