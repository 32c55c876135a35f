/// The instructions of a pickle, of protocols 0 to 5.
///
/// - Source: `pickletools` of Python 3.13.
enum PickleOpcode: UInt8 {
    case mark = 0x28  // (
    case stop = 0x2E  // .
    case pop = 0x30  // 0
    case popMark = 0x31  // 1
    case duplicate = 0x32  // 2
    case floatText = 0x46  // F
    case intText = 0x49  // I
    case binaryInt = 0x4A  // J
    case binaryInt1 = 0x4B  // K
    case longText = 0x4C  // L
    case binaryInt2 = 0x4D  // M
    case none = 0x4E  // N
    case persistentText = 0x50  // P
    case persistent = 0x51  // Q
    case reduce = 0x52  // R
    case stringText = 0x53  // S
    case binaryString = 0x54  // T
    case shortBinaryString = 0x55  // U
    case unicodeText = 0x56  // V
    case binaryUnicode = 0x58  // X
    case append = 0x61  // a
    case build = 0x62  // b
    case global = 0x63  // c
    case dictionary = 0x64  // d
    case emptyDictionary = 0x7D  // }
    case appends = 0x65  // e
    case getText = 0x67  // g
    case get = 0x68  // h
    case instance = 0x69  // i
    case getLong = 0x6A  // j
    case list = 0x6C  // l
    case emptyList = 0x5D  // ]
    case object = 0x6F  // o
    case putText = 0x70  // p
    case put = 0x71  // q
    case putLong = 0x72  // r
    case setItem = 0x73  // s
    case tuple = 0x74  // t
    case emptyTuple = 0x29  // )
    case setItems = 0x75  // u
    case binaryFloat = 0x47  // G
    // Protocol 2.
    case proto = 0x80
    case newObject = 0x81
    case extension1 = 0x82
    case extension2 = 0x83
    case extension4 = 0x84
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case newTrue = 0x88
    case newFalse = 0x89
    case long1 = 0x8A
    case long4 = 0x8B
    // Protocol 3.
    case binaryBytes = 0x42  // B
    case shortBinaryBytes = 0x43  // C
    // Protocol 4.
    case shortBinaryUnicode = 0x8C
    case binaryUnicode8 = 0x8D
    case binaryBytes8 = 0x8E
    case emptySet = 0x8F
    case addItems = 0x90
    case frozenSet = 0x91
    case newObjectWithNames = 0x92
    case stackGlobal = 0x93
    case memoize = 0x94
    case frame = 0x95
    // Protocol 5.
    case byteArray8 = 0x96
    case nextBuffer = 0x97
    case readOnlyBuffer = 0x98
}
