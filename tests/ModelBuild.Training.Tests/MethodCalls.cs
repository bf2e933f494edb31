using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace ModelBuild.Training.Tests;

/// <summary>Which methods the methods of an assembly call, by full names with signatures, from its instructions.</summary>
internal sealed class MethodCalls : IDisposable
{
    private const byte Prefix = 0xFE;

    private static readonly Dictionary<int, OpCode> s_codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(c => (int)(ushort)c.Value);

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public MethodCalls(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
        All =
        [
            .. _metadata.MethodDefinitions.Select(_metadata.GetMethodDefinition).Where(m => m.RelativeVirtualAddress != 0)
                .SelectMany(m => Calls(m).Select(called => (Name(m), called))),
        ];
    }

    public IReadOnlyList<(string Caller, string Called)> All { get; }

    /// <summary>The methods that call one whose name begins in one of these ways, or call one that does.</summary>
    public HashSet<string> Reaching(IReadOnlyList<string> names)
    {
        ILookup<string, string> callers = All.ToLookup(c => c.Called, c => c.Caller, StringComparer.Ordinal);
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<string>(
            All.Select(c => c.Called).Where(c => names.Any(n => c.StartsWith(n + "(", StringComparison.Ordinal))));
        while (waiting.TryPop(out string? method))
        {
            if (reached.Add(method))
            {
                foreach (string caller in callers[method])
                {
                    waiting.Push(caller);
                }
            }
        }

        return reached;
    }

    public void Dispose() => _file.Dispose();

    private IEnumerable<string> Calls(MethodDefinition method)
    {
        byte[] code = _file.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
        var called = new List<string>();
        for (int at = 0; at < code.Length;)
        {
            int value = code[at] == Prefix ? (Prefix << 8) | code[at + 1] : code[at];
            at += value > byte.MaxValue ? 2 : 1;
            OpCode operation = s_codes[value];
            if (operation.OperandType == OperandType.InlineMethod)
            {
                called.Add(Name(MetadataTokens.EntityHandle(BitConverter.ToInt32(code, at))));
            }

            at += Length(operation.OperandType, code, at);
        }

        return called;
    }

    private static int Length(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private string Name(EntityHandle method) => method.Kind switch
    {
        HandleKind.MethodDefinition => Name(_metadata.GetMethodDefinition((MethodDefinitionHandle)method)),
        HandleKind.MethodSpecification => Name(_metadata.GetMethodSpecification((MethodSpecificationHandle)method).Method),
        _ => Name(_metadata.GetMemberReference((MemberReferenceHandle)method)),
    };

    private string Name(MethodDefinition method) =>
        Name(method.GetDeclaringType(), method.Name, method.DecodeSignature(new SignatureNames(), null));

    /// <summary>Methods of generic types have no full name.</summary>
    private string Name(MemberReference method) => method.Parent.Kind is HandleKind.TypeReference or HandleKind.TypeDefinition
        ? Name(method.Parent, method.Name, method.DecodeMethodSignature(new SignatureNames(), null))
        : _metadata.GetString(method.Name);

    private string Name(EntityHandle type, StringHandle name, MethodSignature<string> signature) =>
        $"{SignatureNames.NameOf(_metadata, type)}.{_metadata.GetString(name)}({string.Join(", ", signature.ParameterTypes)})";
}
