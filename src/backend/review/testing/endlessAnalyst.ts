import { label, openReviewBench } from './reviewBench.ts';

/** A process for crash tests: drafts and labels one item after the other and prints each once it is stored. */
const bench = openReviewBench(process.argv[2]);
const ada = bench.analyst('Ada');
for (let number = 0; ; number++) {
  const id = bench.item(number);
  const note = `note-${number}`;
  bench.review.desk.saveDraft(id, ada, { ...label('BLOCK'), note });
  process.stdout.write(`draft ${id} ${note}\n`);
  bench.review.desk.submit(id, ada, label('BLOCK', { note }));
  process.stdout.write(`label ${id}\n`);
}
