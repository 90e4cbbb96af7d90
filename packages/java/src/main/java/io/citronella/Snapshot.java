package io.citronella;

/**
 * All that outlives connections: sessions, subscriptions, retained messages, what waits.
 *
 * @param json the same as a text, to be kept in a file
 */
public record Snapshot(String json) {}
