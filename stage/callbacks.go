package stage

import (
	"fmt"
	"reflect"
)

// CallbackError refuses a behaviour at its start: it has a method with the name
// of an optional callback and another signature, so that it would never be
// called.
type CallbackError struct {
	Behaviour string // type of the behaviour
	Callback  string // name of the method
	Wanted    string // interface that it should implement
}

func (e *CallbackError) Error() string {
	return fmt.Sprintf("stage: %s of %s has not the signature of %s", e.Callback, e.Behaviour, e.Wanted)
}

// checkCallbacks looks for optional callbacks with a wrong signature. Those for
// the user's own messages can have many, and are not looked at.
func checkCallbacks[Out any](behaviour any) error {
	has := func(method reflect.Value, implemented bool, callback string, wanted any) error {
		if !method.IsValid() || implemented {
			return nil
		}
		return &CallbackError{fmt.Sprintf("%T", behaviour), callback, fmt.Sprintf("%T", wanted)[1:]}
	}
	_, initializes := behaviour.(Initializer[Out])
	_, subscribes := behaviour.(SubscribeHandler[Out])
	_, cancels := behaviour.(CancelHandler[Out])
	_, discards := behaviour.(DiscardFormatter)
	_, collects := behaviour.(DiscardedHandler[Out])
	_, terminates := behaviour.(Terminator[Out])
	v := reflect.ValueOf(behaviour)
	for _, err := range []error{
		has(v.MethodByName("Init"), initializes, "Init", (*Initializer[Out])(nil)),
		has(v.MethodByName("HandleSubscribe"), subscribes, "HandleSubscribe", (*SubscribeHandler[Out])(nil)),
		has(v.MethodByName("HandleCancel"), cancels, "HandleCancel", (*CancelHandler[Out])(nil)),
		has(v.MethodByName("FormatDiscarded"), discards, "FormatDiscarded", (*DiscardFormatter)(nil)),
		has(v.MethodByName("HandleDiscarded"), collects, "HandleDiscarded", (*DiscardedHandler[Out])(nil)),
		has(v.MethodByName("Terminate"), terminates, "Terminate", (*Terminator[Out])(nil)),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}
