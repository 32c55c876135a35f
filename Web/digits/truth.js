/** Writes the true digit of a record, or null to take it back; returns the record as the server has it now. */
import { call } from '../shared/api.js';

export function saveTruth(recordID, digit) {
    return call('PATCH', `api/v1/records/${encodeURIComponent(recordID)}`, { json: { ground_truth: digit } });
}
