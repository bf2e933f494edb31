using Microsoft.CodeAnalysis;

namespace ModelBuild.Generator.Diagnostics;

/// <summary>
/// What the generator itself can report. Everything about the model was reported by the build task; these are what only the
/// compiler can see.
/// </summary>
internal static class DiagnosticDescriptors
{
    private const string Category = "ModelBuild";

    /// <summary>"The class '{0}' cannot be generated. The project does not reference ModelBuild.Runtime, …"</summary>
    public static readonly DiagnosticDescriptor RuntimeMissing = new(
        id: "MODELB3001",
        title: "ModelBuild.Runtime is not referenced",
        messageFormat: "The class '{0}' cannot be generated. The project does not reference ModelBuild.Runtime, whose kernels it calls. "
            + "Reference the package ModelBuild with a PackageReference without ExcludeAssets (a GlobalPackageReference excludes them), "
            + "or reference ModelBuild.Runtime as well.",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <summary>"The plan '{0}' cannot be read. {1} …"</summary>
    public static readonly DiagnosticDescriptor PlanUnreadable = new(
        id: "MODELB3002",
        title: "A plan cannot be read",
        messageFormat: "The plan '{0}' cannot be read. {1} "
            + "Rebuild the project. If that does not help, the build task and the generator come from different versions "
            + "of the package ModelBuild.",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <summary>"The class '{0}' cannot be generated. Its model runs in ONNX Runtime, which the project does not reference. …"</summary>
    public static readonly DiagnosticDescriptor OnnxRuntimeMissing = new(
        id: "MODELB3004",
        title: "ONNX Runtime is not referenced",
        messageFormat: "The class '{0}' cannot be generated. Its model runs in ONNX Runtime (Backend=\"onnxruntime\"), which the project "
            + "does not reference. Add <PackageReference Include=\"Microsoft.ML.OnnxRuntime\" Version=\"1.31.1\" /> to the project, or a "
            + "package of its kind with other execution providers.",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <summary>"The class '{0}' cannot be generated. The type '{1}' has the name of a namespace that it calls, …"</summary>
    public static readonly DiagnosticDescriptor NamespaceHidden = new(
        id: "MODELB3005",
        title: "A type hides the namespace of the runtime",
        messageFormat: "The class '{0}' cannot be generated. The type '{1}' has the name of a namespace that it calls, and C# takes the "
            + "type. Rename the type, or put it into another namespace.",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <summary>"The class '{0}' cannot be generated. The project has {1} of that name, …"</summary>
    public static readonly DiagnosticDescriptor NameTaken = new(
        id: "MODELB3006",
        title: "The project has a type with the name of a model's class",
        messageFormat: "The class '{0}' cannot be generated. The project has {1} of that name. Give the class another name with "
            + "ClassName=\"…\" of its item, or declare it as '{2} partial class' if both are to be one.",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <summary>"The class '{0}' cannot be generated. It is written in C# 10, and the project is compiled as C# {1}. …"</summary>
    public static readonly DiagnosticDescriptor LanguageTooOld = new(
        id: "MODELB3003",
        title: "The project's C# is too old",
        messageFormat: "The class '{0}' cannot be generated. It is written in C# 10, and the project is compiled as C# {1}. "
            + "Remove LangVersion from the project, or set it to 10 or later.",
        category: Category,
        defaultSeverity: DiagnosticSeverity.Error,
        isEnabledByDefault: true);
}
