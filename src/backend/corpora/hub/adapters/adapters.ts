import type { CorpusId } from '../../../../contract/corpora.ts';
import { adaptFenrir } from './fenrir.ts';
import type { RowAdapter } from './item.ts';
import { adaptNist } from './nist.ts';
import { adaptWitfoo } from './witfoo.ts';

/** How a row of each corpus becomes content. */
export const ROW_ADAPTERS: { readonly [id in CorpusId]: RowAdapter } = { witfoo: adaptWitfoo, fenrir: adaptFenrir, nist: adaptNist };
