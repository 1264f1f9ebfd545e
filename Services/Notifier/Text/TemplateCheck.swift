import PerisaiModels

/// Checks templates against sample messages.
struct TemplateCheck {
    private let samples: [MessageKind: [Draft]]

    init(_ drafts: [Draft] = Samples.drafts) { samples = Dictionary(grouping: drafts, by: \.kind) }

    func samples(of kind: MessageKind) -> [Draft] { samples[kind] ?? [] }

    /// What is wrong with a file; each part is named once.
    func faults(_ file: TemplateFile, _ kind: MessageKind, _ language: MessageLanguage) -> [TemplateFault] {
        let drafts = samples(of: kind)
        guard !drafts.isEmpty else { return [TemplateFault(template: file.name, reason: "there is no sample")] }
        let known = drafts.reduce(into: Set<String>()) { $0.formUnion($1.names) }
        return file.parts.compactMap { label, part in
            if let unknown = part.tags.names.subtracting(known).sorted().first {
                return TemplateFault(template: file.name, reason: "\(label): \(unknown) is not known")
            }
            for draft in drafts {
                if let name = part.tags.missing(in: draft.fields) {
                    return TemplateFault(template: file.name, reason: "\(label): \(name) can be empty")
                }
                let text = part.render(TemplateValues(fields: draft.fields, language: language))
                if let reason = Self.fault(label, text) {
                    return TemplateFault(template: file.name, reason: "\(label): \(reason)")
                }
            }
            return nil
        }
    }

    private static func fault(_ label: String, _ text: String) -> String? {
        if showsNIK(text) { return "shows a NIK in clear" }
        switch label {
        case "title": return length(text, TemplateSet.maximumTitle, lines: 1)
        case "line": return length(text, TemplateSet.maximumLine, lines: 1)
        case "sms":
            if text.isEmpty || text.contains(where: \.isNewline) { return "must be one line" }
            let count = SMSText.count(text)
            if count.encoding != .gsm7 { return "has characters outside GSM-7" }
            return count.segments > SMSText.mostSegments
                ? "takes \(count.segments) segments (\(SMSText.mostSegments) allowed)" : nil
        default: return length(TemplateFile.trimmed(text), TemplateSet.maximumCharacters, lines: 60)
        }
    }

    private static func length(_ text: String, _ limit: Int, lines: Int) -> String? {
        guard !text.isEmpty, text.count <= limit else {
            return "gives \(text.count) characters (1 to \(limit) allowed)"
        }
        guard text.count(where: \.isNewline) < lines else { return "gives more than \(lines) lines" }
        return text.contains("\n\n") || text.first?.isWhitespace == true ? "gives an empty line or a blank" : nil
    }

    /// Whether 16 digits in a row could be a NIK (domain.md 5).
    static func showsNIK(_ text: String) -> Bool {
        text.utf8.split { !(0x30...0x39).contains($0) }.contains { digits in
            digits.count >= NIK.digitCount && NIKShape.matches(digits.map { $0 - 0x30 })
        }
    }
}

extension Draft {
    /// Every name that the values of this message know.
    var names: Set<String> {
        fields.reduce(into: []) { names, field in
            names.insert(field.key)
            if case .lines(let lines) = field.value { for line in lines { names.formUnion(line.keys) } }
        }
    }
}
