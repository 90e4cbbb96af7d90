package io.citronella.junit5;

/** Goes along with the error of a test that failed, so that it is shown wherever that is. */
final class Ladder extends Throwable {
    private static final long serialVersionUID = 1L;

    Ladder(String url, String ladder) {
        super("the broker at " + url + " saw:\n" + ladder.stripTrailing(), null, false, false);
    }

    /** Without the name of the class, which says nothing to a reader. */
    @Override
    public String toString() {
        return getMessage();
    }
}
