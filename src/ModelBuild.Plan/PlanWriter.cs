using System;
using System.Globalization;
using System.Linq;
using System.Text;

namespace ModelBuild.Plan;

/// <summary>Writes a plan as text that a person can read and a diff can review: one thing a line, UTF-8, LF.</summary>
/// <remarks>
/// <code>
/// modelbuild-plan 4
/// class public Shop.Models LeNet
/// source "lenet.onnx" sha256=9f86d0… opset=13 producer="pytorch"
/// mode int8
/// card parameters=121930 macs=batch*2529600 sqnr=37.25
/// weights "Shop.Models.LeNet.weights" length=124160 sha256=60303a…
/// symbol batch
/// arena batch*27040+64
/// slice batch bytes=33554432
/// tensor 0 f32 [batch,1,28,28] input 0 "input"
/// tensor 1 u8 [batch,28,28,1] arena 0 scale=0.003921569 zero=0 "input_quantized"
/// constant 0 s8 384 at 0 format=convolution.s8/1 "c1.weight"
/// input t0 input "input"                       (input t0 input pixels=rgb "input" where it takes images as they are in memory)
/// output t9 probs "probs"                      (output t9 probs scale=0.00390625 zero=0 "probs" where it is codes)
/// step "/c1/Conv + /Relu" "Conv 3×3, u8 [batch,28,28,1] → u8 [batch,26,26,32]"
///   call Convolution.UInt8
///   shape ConvolutionShape(batch=batch, inputHeight=28, …)
///   input t1
///   epilogue Epilogue.ToUInt8(bias=c1, multipliers=c2, zeroPoint=0, minimum=0, maximum=255, output=t2)
///   scratch scratch(batch*27040,1024)
/// step "/NonZero" "Count: f32 [batch,10]"
///   bind t9 count@0 arena+1 bytes=count*16
///   call Selection.CountNonZero
///   input t7
///   output t9
/// step "/If" "If: f32 [batch,10]"
///   call if
///   condition t12
/// block
/// step …
/// block
/// step …
/// close
/// end
/// </code>
/// Where steps bind symbols, a line <c>bound count</c> stands behind those of the other symbols, and tensors and scratch memory of the
/// region that such a step names are <c>in arena+1</c>. A region whose contents stay when it grows is <c>kept</c>.
/// A model that another engine runs has a line <c>backend onnxruntime</c> behind its mode, no steps and no constants; its weights are the
/// model that the engine loads.
/// Weights that lie beside the assembly have the word <c>file</c> behind them.
/// The last line proves that the file is whole. What is absent is left out; a surface plan has no weights, constants or steps.
/// </remarks>
internal static class PlanWriter
{
    /// <summary>What every plan starts with; the version follows.</summary>
    public const string Signature = "modelbuild-plan ";

    /// <summary>What the text form calls <see cref="PlanBackend.OnnxRuntime"/>.</summary>
    public const string OnnxRuntime = "onnxruntime";

    public static string Write(ExecutionPlan plan)
    {
        var text = new StringBuilder();
        Line(text, Signature, Number(ExecutionPlan.Version));
        string @namespace = plan.Class.Namespace.Length == 0 ? "-" : plan.Class.Namespace;
        Line(text, "class ", plan.Class.Accessibility, " ", @namespace, " ", plan.Class.Name);
        Line(
            text,
            "source ", Quote(plan.Source.File),
            " sha256=", plan.Source.Sha256,
            " opset=", Number(plan.Source.Opset),
            plan.Source.Producer.Length == 0 ? "" : " producer=" + Quote(plan.Source.Producer));
        Line(text, "mode ", plan.Mode);
        if (plan.Backend == PlanBackend.OnnxRuntime)
        {
            Line(text, "backend ", OnnxRuntime);
        }

        Line(
            text,
            "card parameters=", Number(plan.Card.Parameters),
            " macs=", plan.Card.MultiplyAccumulates.ToString(),
            plan.Card.Sqnr is double sqnr ? " sqnr=" + Real(sqnr, sqnr.ToString("R", CultureInfo.InvariantCulture)) : "");
        if (plan.Weights is PlanWeights weights)
        {
            Line(
                text,
                "weights ", Quote(weights.Name),
                " length=", Number(weights.Length),
                " sha256=", weights.Sha256,
                weights.IsFile ? " file" : "");
        }

        foreach (string symbol in plan.Symbols)
        {
            Line(text, "symbol ", symbol);
        }

        foreach (string symbol in plan.BoundSymbols)
        {
            Line(text, "bound ", symbol);
        }

        foreach (PlanRange range in plan.Ranges)
        {
            Line(text, "range ", range.Symbol, " ", Number(range.Least), " ", Number(range.Most));
        }

        Line(text, "arena ", plan.Arena.ToString());
        if (plan.Slice is PlanSlice slice)
        {
            Line(text, "slice ", slice.Symbol, " bytes=", Number(slice.Bytes));
        }

        for (int i = 0; i < plan.Tensors.Count; i++)
        {
            PlanTensor tensor = plan.Tensors[i];
            Line(
                text,
                "tensor ", Number(i), " ", Name(tensor.Type), " ", List(tensor.Shape),
                " ", Name(tensor.Location), Region(tensor.Region), " ", tensor.Offset.ToString(),
                tensor.Scale is float scale ? " scale=" + Real(scale) : "",
                tensor.ZeroPoint is int zeroPoint ? " zero=" + Number(zeroPoint) : "",
                " ", Quote(tensor.Name));
        }

        for (int i = 0; i < plan.Constants.Count; i++)
        {
            PlanConstant constant = plan.Constants[i];
            Line(
                text,
                "constant ", Number(i), " ", Name(constant.Type), " ", Number(constant.Length), " at ", Number(constant.Offset),
                " format=", constant.Format, " ", Quote(constant.Name));
        }

        foreach (PlanPort port in plan.Inputs)
        {
            Line(
                text, "input t", Number(port.Tensor), " ", port.Identifier, port.Pixels is string pixels ? " pixels=" + pixels : "",
                Codes(port), " ", Quote(port.Name));
        }

        foreach (PlanPort port in plan.Outputs)
        {
            Line(text, "output t", Number(port.Tensor), " ", port.Identifier, Codes(port), " ", Quote(port.Name));
        }

        Write(plan.Steps, text);
        Line(text, "end");
        return text.ToString();
    }

    private static string Codes(PlanPort port) =>
        port.Codes is { } codes ? " scale=" + Real(codes.Scale) + " zero=" + Number(codes.ZeroPoint) : "";

    private static void Write(EquatableArray<PlanStep> steps, StringBuilder text)
    {
        foreach (PlanStep step in steps)
        {
            Line(text, "step ", Quote(step.Name), " ", Quote(step.Description));
            if (step.Binding is PlanBinding binding)
            {
                string symbols = string.Join(",", binding.Symbols.Select(s => $"{s.Name}@{Number(s.Element)}"));
                Line(
                    text, "  bind t", Number(binding.Tensor), " ", symbols, " arena+", Number(binding.Region), " bytes=",
                    binding.Bytes.ToString(), binding.Keeps ? " kept" : "");
            }

            Line(text, "  call ", Target(step.Call));
            foreach (PlanNamedArgument argument in step.Call.Arguments)
            {
                Line(text, "  ", argument.Name, " ", Text(argument.Value));
            }

            foreach (PlanBlock block in step.Blocks)
            {
                Line(text, "block");
                Write(block.Steps, text);
            }

            if (step.Blocks.Count > 0)
            {
                Line(text, "close");
            }
        }
    }

    private static string Text(PlanArgument argument) => argument switch
    {
        TensorArgument tensor => "t" + Number(tensor.Tensor),
        ConstantArgument constant => "c" + Number(constant.Constant),
        ScratchArgument scratch => $"scratch{Region(scratch.Region)}({scratch.Offset},{scratch.Length})",
        IntegerArgument integer => Text(integer.Value),
        FloatArgument real => Real(real.Value),
        BooleanArgument boolean => boolean.Value ? "true" : "false",
        ThreadsArgument => ThreadsArgument.Word,
        IntegersArgument integers => List(integers.Values),
        PlanCall call => $"{Target(call)}({string.Join(", ", call.Arguments.Select(a => a.Name + "=" + Text(a.Value)))})",
        _ => throw new ArgumentException($"A plan has no text for {argument.GetType().Name}."),
    };

    private static string Target(PlanCall call) =>
        call.Types.Count == 0 ? call.Target : $"{call.Target}<{string.Join(",", call.Types.Select(Name))}>";

    /// <summary>A symbol may be called <c>t3</c> or <c>true</c>: a leading zero tells it from the other kinds of argument.</summary>
    private static string Text(Dimension dimension)
    {
        string text = dimension.ToString();
        return !PlanReader.IsOtherThanDimension(text) ? text
            : text[0] == '-' ? "0" + text
            : "0+" + text;
    }

    private static string List(EquatableArray<Dimension> dimensions) => $"[{string.Join(",", dimensions)}]";

    private static string Name(PlanType type) => type.ToString().ToLowerInvariant();

    private static string Region(int region) => region == 0 ? "" : "+" + Number(region);

    private static string Name(PlanLocation location) => location.ToString().ToLowerInvariant();

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Real(float value) => Real(value, value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>A number with a point or an exponent is real; one without is whole.</summary>
    private static string Real(double value, string digits) =>
        double.IsNaN(value) ? "nan"
        : double.IsInfinity(value) ? (value > 0 ? "inf" : "-inf")
        : digits.IndexOfAny(['.', 'E']) >= 0 ? digits.Replace('E', 'e')
        : digits + ".0";

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            bool pair = i + 1 < value.Length && char.IsSurrogatePair(c, value[i + 1]);
            if (pair)
            {
                text.Append(c).Append(value[++i]);
            }
            else if (c is '"' or '\\')
            {
                text.Append('\\').Append(c);
            }
            else if (c is '\n' or '\t')
            {
                text.Append(c == '\n' ? "\\n" : "\\t");
            }
            else if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\ufeff')
            {
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.Append('"').ToString();
    }

    private static void Line(StringBuilder text, params string[] parts)
    {
        foreach (string part in parts)
        {
            text.Append(part);
        }

        text.Append('\n');
    }
}
