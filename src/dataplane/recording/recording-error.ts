// What a person must give or mend before anything can be said of a recording.

export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}
