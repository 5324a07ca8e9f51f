// The rest of the catalogue, read once the first frame stands.

import rest from 'virtual:words/rest';
import { addWords } from './words';

addWords(rest);
