import { css } from 'lit';

/** Styles of the question that waits in the panel. */
export const waitingStyles = css`
	:host {
		display: block;
		flex: none;
		max-height: 75vh;
		overflow-y: auto;
	}
	section {
		margin: 8px 12px 4px;
		padding: 10px 12px;
		border: 1px solid var(--vscode-contrastBorder, var(--asked));
		border-left-width: 4px;
		border-radius: 3px;
		background: var(--vscode-editorWidget-background, transparent);
	}
	h2 {
		margin: 0 0 6px;
		font-size: 1.08em;
		font-weight: 600;
		overflow-wrap: anywhere;
	}
	p {
		margin: 6px 0;
	}
	ul {
		margin: 0;
		padding: 0;
		list-style: none;
	}
	li {
		overflow-wrap: anywhere;
	}
	.quoted {
		max-height: 12em;
		overflow-y: auto;
		padding: 4px 8px;
		border-left: 2px solid var(--line);
		background: var(--vscode-textBlockQuote-background, transparent);
	}
	.answers {
		display: flex;
		flex-direction: column;
		gap: 4px;
	}
	.answers li {
		display: flex;
		align-items: center;
		gap: 10px;
	}
	.answers button {
		flex: none;
		min-width: 17em;
		justify-content: center;
	}
	@media (max-width: 640px) {
		.answers li {
			flex-wrap: wrap;
		}
	}
`;
