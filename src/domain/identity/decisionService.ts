import { type DecisionKind } from './readDecision';

/** The external decision service that a person configured. Holds no secret. */
export interface DecisionService {
	/** As it is written in the settings; whether it can be used is told where it is opened. */
	readonly url: string;
	readonly kind: DecisionKind;
	/** True where it is reached with a header that lies in secret storage. */
	readonly hasHeader: boolean;
}
