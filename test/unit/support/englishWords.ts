import { inEnglish } from '../../../src/base/phrase';
import { type AuditRecord } from '../../../src/domain/audit/auditRecord';
import { type ExplainWords } from '../../../src/domain/audit/explainEntry';
import { hintForPerson, reasonIn } from '../../../src/firewall/refusal';

/** An explanation in English, with what is quoted left as it is. */
export const ENGLISH: ExplainWords = {
	quote: text => text,
	say: inEnglish,
	hint: ({ detail, verdict }: AuditRecord) => hintForPerson(reasonIn(detail ?? verdict?.reason ?? '')),
};
