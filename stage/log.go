package stage

// What a stage logs, all with the stage's name or pid.
const (
	logDiscarded              = "events discarded from the buffer"
	logExcessEvents           = "more events received than asked for"
	logStoppingAfterCancel    = "stopping after the end of a subscription"
	logDuplicatedSubscription = "duplicated subscription refused"
	logAlreadySubscribed      = "process is already subscribed"
	logNotAProducer           = "message for a producer received by a consumer"
	logNotAConsumer           = "message for a consumer received by a producer"
	logSubscribeNotAConsumer  = "a producer cannot subscribe to a stage"
	logInvalidSubscribeOption = "subscription refused for an invalid option"
	logProducerNotAlive       = "the producer to subscribe to is not alive"
	logInvalidDemandMode      = "demand mode that does not exist"
	logDemandModeNotAProducer = "demand mode set on a stage that is not a producer"
	logBufferedNotAProducer   = "buffered count asked of a stage that is not a producer"
	logConsumerEmits          = "a consumer cannot emit events, they are dropped"
	logUndefinedInfo          = "no HandleInfo for this message, it is dropped"
	logSeqFailed              = "a sequence panicked when it was told to stop"
	logUndefinedCast          = "no HandleCast for this message, it is dropped"
	logIncomplete             = "message without sender or ref dropped"
	logObserverFailed         = "observer failed and was detached"
	logWrongEventType         = "message of another event type dropped"
)
