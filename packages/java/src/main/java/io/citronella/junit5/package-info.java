/** The broker in JUnit 5: one for each class or each test, and its packets in the report of a test that fails. */
package io.citronella.junit5;
