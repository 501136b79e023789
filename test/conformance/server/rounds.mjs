import { acceptedContent, createRequestStateCodec, inputRequired, inputResponse } from '@modelcontextprotocol/server';
import { said } from './media.mjs';

/**
 * What a server hands to a client as `requestState` comes back signed or not at all. The key is fixed, because any process
 * of a stateless server may get the next round; it protects nothing but tests.
 */
export const stateCodec = createRequestStateCodec({ key: 'conformance'.repeat(4) });

const form = (message, property, type = 'string') =>
	inputRequired.elicit({
		message,
		requestedSchema: { type: 'object', properties: { [property]: { type } }, required: [property] },
	});
const question = (text, maxTokens = 100) =>
	inputRequired.createMessage({ messages: [{ role: 'user', content: { type: 'text', text } }], maxTokens });
const askFor = (inputRequests, requestState) => inputRequired({ inputRequests, ...(requestState && { requestState }) });

async function confirmed(context, label) {
	const { inputResponses, requestState } = context.mcpReq;
	const state = requestState();
	return acceptedContent(inputResponses, 'confirm')?.ok === true && state?.step === label
		? said('state-ok')
		: askFor({ confirm: form('Please confirm', 'ok', 'boolean') }, await stateCodec.mint({ step: label }, context));
}

function greet(context) {
	const name = acceptedContent(context.mcpReq.inputResponses, 'user_name')?.name;
	return typeof name === 'string'
		? said(`Hello, ${name}!`)
		: askFor({ user_name: form('What is your name?', 'name') });
}

/** Tools of 2026-07-28 that answer with questions (`input_required`, SEP-2322) before they answer. */
export const rounds = [
	{
		name: 'test_input_required_result_elicitation',
		about: 'Asks for a name, then greets',
		run: (_, context) => greet(context),
	},
	{
		name: 'test_streaming_elicitation',
		about: 'Asks for a name in its answer, never on the side',
		run: (_, context) => greet(context),
	},
	{
		name: 'test_input_required_result_sampling',
		about: 'Asks the model of the client',
		run: (_, { mcpReq }) => {
			const reply = inputResponse(mcpReq.inputResponses, 'capital_question');
			return reply.kind === 'sampling'
				? said(reply.result.content.text ?? '')
				: askFor({ capital_question: question('What is the capital of France?') });
		},
	},
	{
		name: 'test_missing_capability',
		about: 'Asks the model of the client, whether or not there is one: refused where there is none',
		run: (_, { mcpReq }) =>
			inputResponse(mcpReq.inputResponses, 'model').kind === 'sampling'
				? said('The client lends its model.')
				: askFor({ model: question('Say something') }),
	},
	{
		name: 'test_input_required_result_list_roots',
		about: 'Asks for the roots of the client',
		run: (_, { mcpReq }) => {
			const reply = inputResponse(mcpReq.inputResponses, 'client_roots');
			return reply.kind === 'roots'
				? said(reply.roots.map(({ uri }) => uri).join('\n'))
				: askFor({ client_roots: inputRequired.listRoots() });
		},
	},
	{
		name: 'test_input_required_result_request_state',
		about: 'Asks to confirm, and knows its own state again',
		run: (_, context) => confirmed(context, 'state'),
	},
	{
		name: 'test_input_required_result_tampered_state',
		about: 'Asks to confirm, and refuses a state that is not its own',
		run: (_, context) => confirmed(context, 'tampered'),
	},
	{
		name: 'test_input_required_result_multiple_inputs',
		about: 'Asks the person, the model and for the roots at once',
		run: async (_, context) => {
			const { inputResponses } = context.mcpReq;
			const name = acceptedContent(inputResponses, 'user_name')?.name;
			const greeting = inputResponse(inputResponses, 'greeting');
			const roots = inputResponse(inputResponses, 'client_roots');
			if (typeof name === 'string' && greeting.kind === 'sampling' && roots.kind === 'roots')
				return said(`${greeting.result.content.text ?? ''} ${name}, with ${roots.roots.length} root(s)`);
			const asked = {
				user_name: form('What is your name?', 'name'),
				greeting: question('Generate a greeting', 50),
				client_roots: inputRequired.listRoots(),
			};
			return askFor(asked, await stateCodec.mint({ step: 'all' }, context));
		},
	},
	{
		name: 'test_input_required_result_multi_round',
		about: 'Asks twice',
		run: async (_, context) => {
			const { inputResponses, requestState } = context.mcpReq;
			const state = requestState();
			const color = acceptedContent(inputResponses, 'step2')?.color;
			if (state?.round === 2 && typeof color === 'string') return said(`${state.name} likes ${color}.`);
			const name = acceptedContent(inputResponses, 'step1')?.name;
			return state?.round === 1 && typeof name === 'string'
				? askFor(
						{ step2: form('Step 2: What is your favorite color?', 'color') },
						await stateCodec.mint({ round: 2, name }, context),
					)
				: askFor(
						{ step1: form('Step 1: What is your name?', 'name') },
						await stateCodec.mint({ round: 1 }, context),
					);
		},
	},
	{
		name: 'test_input_required_result_capabilities',
		about: 'Asks only what the client says it can answer',
		run: (_, { mcpReq }) => {
			const declared = mcpReq.envelope?.['io.modelcontextprotocol/clientCapabilities'] ?? {};
			const asked = {
				...(declared.sampling && { model: question('Say something') }),
				...(declared.elicitation && { person: form('Say something', 'text') }),
			};
			const answered = Object.keys(asked).every(key => mcpReq.inputResponses?.[key] !== undefined);
			return answered ? said('Nothing is left to ask.') : askFor(asked);
		},
	},
].map(tool => ({ input: { type: 'object', properties: {} }, ...tool }));

/** The messages of a prompt that asks for its context first. */
export function promptWithContext(context) {
	const given = acceptedContent(context.mcpReq.inputResponses, 'user_context')?.context;
	return typeof given === 'string'
		? { messages: [{ role: 'user', content: { type: 'text', text: `Use this context: ${given}` } }] }
		: askFor({ user_context: form('What context should the prompt use?', 'context') });
}
