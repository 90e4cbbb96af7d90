//! The rules that are checked, by their names in the specification, and what they want.

/// A rule of Sparkplug 3.0.0.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Its name in the specification.
    pub id: &'static str,
    /// What it wants, in our words.
    pub wants: &'static str,
}

macro_rules! rules {
    ($($name:ident = $id:literal, $wants:literal;)*) => {
        $(pub(super) static $name: Rule = Rule { id: $id, wants: $wants };)*

        /// All rules, in the order of the specification.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    CLEAN_NODE_311 = "tck-id-principles-persistence-clean-session-311", "The CONNECT of an edge node in MQTT 3.1.1 has Clean Session 1.";
    CLEAN_NODE_50 = "tck-id-principles-persistence-clean-session-50", "The CONNECT of an edge node in MQTT 5.0 has Clean Start 1 and a Session Expiry Interval of 0.";
    TOPIC = "tck-id-topic-structure", "A topic has the form spBv1.0/GROUP/TYPE/NODE or spBv1.0/GROUP/TYPE/NODE/DEVICE, with one of the types of the specification.";
    NAMESPACE = "tck-id-topic-structure-namespace-a", "A topic begins with spBv1.0.";
    GROUP_ID = "tck-id-topic-structure-namespace-valid-group-id", "The group has a name.";
    UNIQUE_NODE = "tck-id-topic-structure-namespace-unique-edge-node-descriptor", "Only one client at a time is an edge node.";
    NODE_ID = "tck-id-topic-structure-namespace-valid-edge-node-id", "The edge node has a name.";
    DEVICE_ID = "tck-id-topic-structure-namespace-valid-device-id", "The device has a name.";
    WITH_DEVICE = "tck-id-topic-structure-namespace-device-id-associated-message-types", "A topic of DBIRTH, DDEATH, DDATA or DCMD names a device.";
    WITHOUT_DEVICE = "tck-id-topic-structure-namespace-device-id-non-associated-message-types", "A topic of NBIRTH, NDEATH, NDATA or NCMD names no device.";
    NDEATH_PAYLOAD = "tck-id-topics-ndeath-payload", "NDEATH has one metric: bdSeq.";
    DDEATH_MQTT = "tck-id-topics-ddeath-mqtt", "DDEATH comes at QoS 0, without RETAIN.";
    STATE_BIRTH_QOS = "tck-id-host-topic-phid-birth-qos", "STATE with online true comes at QoS 1.";
    STATE_BIRTH_RETAIN = "tck-id-host-topic-phid-birth-retain", "STATE with online true comes with RETAIN.";
    STATE_TOPIC = "tck-id-host-topic-phid-birth-topic", "The topic of STATE has the form spBv1.0/STATE/HOST.";
    STATE_BIRTH_PAYLOAD = "tck-id-host-topic-phid-birth-payload", "STATE is a JSON object with online, a boolean, and timestamp, a number.";
    STATE_BIRTH_TIMESTAMP = "tck-id-host-topic-phid-birth-payload-timestamp", "STATE with online true has the timestamp of the will.";
    STATE_DEATH_QOS = "tck-id-host-topic-phid-death-qos", "STATE with online false comes at QoS 1, as a will, too.";
    STATE_DEATH_RETAIN = "tck-id-host-topic-phid-death-retain", "STATE with online false comes with RETAIN, as a will, too.";
    STATE_WILL = "tck-id-host-topic-phid-death-required", "The CONNECT of a host application has a will on its STATE topic.";
    STATE_DEATH_PAYLOAD = "tck-id-host-topic-phid-death-payload", "The will of a host application is a JSON object with online false, and timestamp, a number.";
    CLEAN_HOST_311 = "tck-id-message-flow-phid-sparkplug-clean-session-311", "The CONNECT of a host application in MQTT 3.1.1 has Clean Session 1.";
    CLEAN_HOST_50 = "tck-id-message-flow-phid-sparkplug-clean-session-50", "The CONNECT of a host application in MQTT 5.0 has Clean Start 1 and a Session Expiry Interval of 0.";
    NCMD_SUBSCRIBE = "tck-id-message-flow-edge-node-ncmd-subscribe", "Before its NBIRTH an edge node subscribes to its NCMD topic at QoS 1.";
    WILL_TOPIC = "tck-id-message-flow-edge-node-birth-publish-will-message-topic", "The topic of the will of an edge node has the form spBv1.0/GROUP/NDEATH/NODE.";
    WILL_PAYLOAD = "tck-id-message-flow-edge-node-birth-publish-will-message-payload", "The will of an edge node is a Sparkplug payload.";
    WILL_BDSEQ = "tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq", "The will has bdSeq from 0 to 255, one more than in the CONNECT before, and 0 after 255.";
    NBIRTH_PAYLOAD = "tck-id-message-flow-edge-node-birth-publish-nbirth-payload", "The payload of NBIRTH is a Sparkplug payload.";
    DBIRTH_WAIT = "tck-id-message-flow-device-birth-publish-nbirth-wait", "NBIRTH comes before DBIRTH.";
    DBIRTH_PAYLOAD = "tck-id-message-flow-device-birth-publish-dbirth-payload", "The payload of DBIRTH is a Sparkplug payload.";
    NBIRTH_VALUES = "tck-id-operational-behavior-data-publish-nbirth-values", "Each metric of NBIRTH has a value, or is_null.";
    NBIRTH_ALL = "tck-id-operational-behavior-data-publish-nbirth", "Each metric of NDATA was in NBIRTH.";
    DBIRTH_ALL = "tck-id-operational-behavior-data-publish-dbirth", "Each metric of DDATA was in DBIRTH.";
    DBIRTH_VALUES = "tck-id-operational-behavior-data-publish-dbirth-values", "Each metric of DBIRTH has a value, or is_null.";
    REBIRTH_ALIAS = "tck-id-operational-behavior-data-commands-rebirth-name-aliases", "Node Control/Rebirth has no alias.";
    REBIRTH_DATATYPE = "tck-id-operational-behavior-data-commands-rebirth-datatype", "Node Control/Rebirth is a Boolean.";
    REBIRTH_VALUE = "tck-id-operational-behavior-data-commands-rebirth-value", "Node Control/Rebirth is false in NBIRTH.";
    NCMD_REBIRTH = "tck-id-operational-behavior-data-commands-ncmd-rebirth-value", "An NCMD that asks for a rebirth has the value true.";
    REBIRTH_STOP = "tck-id-operational-behavior-data-commands-rebirth-action-1", "An edge node that is asked for a rebirth sends no more data before its NBIRTH. One message may have crossed the command.";
    NCMD_VALUE = "tck-id-operational-behavior-data-commands-ncmd-metric-value", "A value in NCMD is of the datatype that NBIRTH said.";
    DCMD_VALUE = "tck-id-operational-behavior-data-commands-dcmd-metric-value", "A value in DCMD is of the datatype that DBIRTH said.";
    NAME = "tck-id-payloads-name-requirement", "A metric has a name, or an alias of its birth.";
    ALIAS_UNIQUE = "tck-id-payloads-alias-uniqueness", "An alias belongs to one metric of the edge node and its devices.";
    ALIAS_BIRTH = "tck-id-payloads-alias-birth-requirement", "A metric with an alias has a name, too, in NBIRTH and DBIRTH.";
    ALIAS_DATA = "tck-id-payloads-alias-data-cmd-requirement", "A metric that has an alias comes by its alias alone in NDATA, DDATA, NCMD and DCMD.";
    METRIC_TIMESTAMP = "tck-id-payloads-name-birth-data-requirement", "Each metric of NBIRTH, DBIRTH, NDATA and DDATA has a timestamp.";
    DATATYPE_KNOWN = "tck-id-payloads-metric-datatype-value", "A datatype is one of those of the specification.";
    DATATYPE = "tck-id-payloads-metric-datatype-req", "Each metric of NBIRTH and DBIRTH has a datatype.";
    PROPERTY_SIZES = "tck-id-payloads-propertyset-keys-array-size", "A PropertySet has as many keys as values.";
    PROPERTY_TYPE_KNOWN = "tck-id-payloads-metric-propertyvalue-type-value", "The type of a PropertyValue is a basic datatype, PropertySet or PropertySetList.";
    PROPERTY_TYPE = "tck-id-payloads-metric-propertyvalue-type-req", "A PropertyValue has a type in NBIRTH and DBIRTH.";
    QUALITY_TYPE = "tck-id-payloads-propertyset-quality-value-type", "The property Quality has the type Int32.";
    QUALITY_VALUE = "tck-id-payloads-propertyset-quality-value-value", "The property Quality is 0, 192 or 500.";
    DATASET_COLUMNS = "tck-id-payloads-dataset-column-size", "A DataSet says how many columns it has.";
    DATASET_TYPES = "tck-id-payloads-dataset-types-num", "A DataSet has as many types as columns.";
    DATASET_TYPE_KNOWN = "tck-id-payloads-dataset-types-value", "The types of a DataSet are basic datatypes.";
    TEMPLATE_NBIRTH = "tck-id-payloads-template-definition-nbirth-only", "Definitions of templates are in NBIRTH alone.";
    TEMPLATE_DEFINITION_REF = "tck-id-payloads-template-definition-ref", "The definition of a template has no template_ref.";
    TEMPLATE_REF = "tck-id-payloads-template-instance-ref", "An instance of a template has template_ref.";
    TEMPLATE_KIND = "tck-id-payloads-template-is-definition", "A template says whether it is a definition.";
    NBIRTH_TIMESTAMP = "tck-id-payloads-nbirth-timestamp", "NBIRTH has a timestamp.";
    NBIRTH_SEQ = "tck-id-payloads-nbirth-seq", "NBIRTH has seq, from 0 to 255.";
    NBIRTH_BDSEQ = "tck-id-payloads-nbirth-bdseq", "NBIRTH has the metric bdSeq.";
    NBIRTH_BDSEQ_REPEAT = "tck-id-payloads-nbirth-bdseq-repeat", "bdSeq in NBIRTH is that of the will.";
    NBIRTH_REBIRTH = "tck-id-payloads-nbirth-rebirth-req", "NBIRTH has the metric Node Control/Rebirth.";
    NBIRTH_QOS = "tck-id-payloads-nbirth-qos", "NBIRTH comes at QoS 0.";
    NBIRTH_RETAIN = "tck-id-payloads-nbirth-retain", "NBIRTH comes without RETAIN.";
    DBIRTH_TIMESTAMP = "tck-id-payloads-dbirth-timestamp", "DBIRTH has a timestamp.";
    DBIRTH_SEQ = "tck-id-payloads-dbirth-seq", "DBIRTH has seq.";
    DBIRTH_SEQ_INC = "tck-id-payloads-dbirth-seq-inc", "seq of DBIRTH is one more than before, and 0 after 255.";
    DBIRTH_QOS = "tck-id-payloads-dbirth-qos", "DBIRTH comes at QoS 0.";
    DBIRTH_RETAIN = "tck-id-payloads-dbirth-retain", "DBIRTH comes without RETAIN.";
    NDATA_TIMESTAMP = "tck-id-payloads-ndata-timestamp", "NDATA has a timestamp.";
    NDATA_SEQ = "tck-id-payloads-ndata-seq", "NDATA has seq.";
    NDATA_SEQ_INC = "tck-id-payloads-ndata-seq-inc", "seq of NDATA is one more than before, and 0 after 255.";
    NDATA_ORDER = "tck-id-payloads-ndata-order", "NDATA comes after NBIRTH.";
    NDATA_QOS = "tck-id-payloads-ndata-qos", "NDATA comes at QoS 0.";
    NDATA_RETAIN = "tck-id-payloads-ndata-retain", "NDATA comes without RETAIN.";
    DDATA_TIMESTAMP = "tck-id-payloads-ddata-timestamp", "DDATA has a timestamp.";
    DDATA_SEQ = "tck-id-payloads-ddata-seq", "DDATA has seq.";
    DDATA_SEQ_INC = "tck-id-payloads-ddata-seq-inc", "seq of DDATA is one more than before, and 0 after 255.";
    DDATA_ORDER = "tck-id-payloads-ddata-order", "DDATA comes after NBIRTH and the DBIRTH of the device.";
    DDATA_QOS = "tck-id-payloads-ddata-qos", "DDATA comes at QoS 0.";
    DDATA_RETAIN = "tck-id-payloads-ddata-retain", "DDATA comes without RETAIN.";
    NCMD_TIMESTAMP = "tck-id-payloads-ncmd-timestamp", "NCMD has a timestamp.";
    NCMD_SEQ = "tck-id-payloads-ncmd-seq", "NCMD has no seq.";
    NCMD_QOS = "tck-id-payloads-ncmd-qos", "NCMD comes at QoS 0.";
    NCMD_RETAIN = "tck-id-payloads-ncmd-retain", "NCMD comes without RETAIN.";
    DCMD_TIMESTAMP = "tck-id-payloads-dcmd-timestamp", "DCMD has a timestamp.";
    DCMD_SEQ = "tck-id-payloads-dcmd-seq", "DCMD has no seq.";
    DCMD_QOS = "tck-id-payloads-dcmd-qos", "DCMD comes at QoS 0.";
    DCMD_RETAIN = "tck-id-payloads-dcmd-retain", "DCMD comes without RETAIN.";
    NDEATH_SEQ = "tck-id-payloads-ndeath-seq", "NDEATH has no seq.";
    NDEATH_WILL = "tck-id-payloads-ndeath-will-message", "The CONNECT of an edge node has its NDEATH as will.";
    NDEATH_WILL_QOS = "tck-id-payloads-ndeath-will-message-qos", "The will of an edge node has QoS 1.";
    NDEATH_WILL_RETAIN = "tck-id-payloads-ndeath-will-message-retain", "The will of an edge node has no RETAIN.";
    NDEATH_BDSEQ = "tck-id-payloads-ndeath-bdseq", "NDEATH has the bdSeq of NBIRTH.";
    NDEATH_BEFORE_DISCONNECT = "tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311", "Before DISCONNECT an edge node in MQTT 3.1.1 publishes NDEATH.";
    DISCONNECT_WITH_WILL = "tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50", "The DISCONNECT of an edge node in MQTT 5.0 has the reason Disconnect with Will Message (0x04).";
    DDEATH_TIMESTAMP = "tck-id-payloads-ddeath-timestamp", "DDEATH has a timestamp.";
    DDEATH_SEQ = "tck-id-payloads-ddeath-seq", "DDEATH has seq.";
    DDEATH_SEQ_INC = "tck-id-payloads-ddeath-seq-inc", "seq of DDEATH is one more than before, and 0 after 255.";
    STATE_SUBSCRIBE = "tck-id-payloads-state-subscribe", "Before its STATE a host application subscribes to it.";
    PAYLOAD = "6.4.1 Google Protocol Buffer Schema", "The payload of NDATA, NDEATH, NCMD, DDATA, DDEATH and DCMD is a Sparkplug payload.";
    VALUE = "6.4.17 Datatype Details", "A value is of the datatype of its metric.";
}
