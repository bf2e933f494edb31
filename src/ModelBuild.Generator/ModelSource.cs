using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using ModelBuild.Generator.Diagnostics;
using ModelBuild.Generator.Emit;

namespace ModelBuild.Generator;

/// <summary>What a plan becomes: a source file, or a word about why there is none.</summary>
internal abstract record ModelSource
{
    /// <summary>Without a byte order mark: generated files are read and compared by people.</summary>
    private static readonly Encoding s_utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    public static ModelSource Create(PlanFile file, bool isRuntimeReferenced, string version, bool isCSharp13) =>
        file.Plan is not { } plan ? new Unreadable(file.Path, file.Error)
        : !isRuntimeReferenced ? new WithoutRuntime(plan.Class.Name)
        : new Source(ModelEmitter.HintName(plan.Class), ModelEmitter.Emit(plan, version, isCSharp13));

    public abstract void AddTo(SourceProductionContext output);

    private sealed record Source(string HintName, string Text) : ModelSource
    {
        public override void AddTo(SourceProductionContext output) => output.AddSource(HintName, SourceText.From(Text, s_utf8));
    }

    private sealed record WithoutRuntime(string ClassName) : ModelSource
    {
        public override void AddTo(SourceProductionContext output) =>
            output.ReportDiagnostic(Diagnostic.Create(DiagnosticDescriptors.RuntimeMissing, Location.None, ClassName));
    }

    private sealed record Unreadable(string Path, string Error) : ModelSource
    {
        public override void AddTo(SourceProductionContext output)
        {
            string file = System.IO.Path.GetFileName(Path);
            var location = Location.Create(Path, default, default);
            output.ReportDiagnostic(Diagnostic.Create(DiagnosticDescriptors.PlanUnreadable, location, file, Error));
        }
    }
}
