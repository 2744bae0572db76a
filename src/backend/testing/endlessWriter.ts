import { openEpisodeStore } from '../store/sqliteEpisodeStore.ts';
import { episodeId, episodeRecord, stepRecord } from './fixtures.ts';

/** A process for crash tests: writes one step after the other and prints each position once it is stored. */
const store = openEpisodeStore(process.argv[2] ?? '');
store.begin(episodeRecord(0));
for (let position = 0; ; position++) {
  store.append(stepRecord(episodeId(0), 'trained', position));
  process.stdout.write(`${position}\n`);
}
