using System.Globalization;
using System.Text;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.TestSupport;

/// <summary>The files that stand beside the models of ONNX's backend tests.</summary>
internal static class BackendFiles
{
    /// <summary>A tensor: <c>input_0.pb</c>.</summary>
    public static Tensor ReadTensor(byte[] file) =>
        TensorMessage.Read(new WireReader(file)).ToTensor((_, _) => throw new NotSupportedException("external data in a test's tensor"));

    /// <summary>How far outputs may be off: <c>tolerance.txt</c>.</summary>
    public static (double Relative, double Absolute) ReadTolerance(byte[] file)
    {
        string[] numbers = Encoding.ASCII.GetString(file).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return (double.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture));
    }
}
